using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>What a destination journals.</summary>
public abstract record DestinationEvent
{
    private DestinationEvent()
    {
    }

    /// <summary>No host could be reached: no mail goes there until <paramref name="Until"/>.</summary>
    public sealed record BackedOff(int Failures, DateTimeOffset Until, string Reason) : DestinationEvent;

    /// <summary>A host was reached again.</summary>
    public sealed record Recovered : DestinationEvent;

    /// <summary>Messages were granted: the rate is used up to <paramref name="UsedUntil"/>.</summary>
    public sealed record RateUsed(DateTimeOffset UsedUntil) : DestinationEvent;
}

/// <summary>How long a destination that cannot be reached is left alone.</summary>
/// <param name="Initial">After the first failure.</param>
/// <param name="Maximum">At most; each failure doubles the time before.</param>
public sealed record BackOffSettings(TimeSpan Initial, TimeSpan Maximum)
{
    /// <summary>The back-off after so many failures in a row.</summary>
    public TimeSpan After(int failures)
    {
        var doublings = Math.Clamp(failures - 1, 0, 30);
        var ticks = Initial.Ticks * Math.Pow(2, doublings);
        return ticks < Maximum.Ticks ? TimeSpan.FromTicks((long)ticks) : Maximum;
    }
}

/// <summary>
/// The limits of one destination and what is used of them, pure: given the time, it decides; <see cref="Apply"/> alone changes what is
/// durable. Leases are not durable: see docs/adr/0004.
/// </summary>
/// <remarks>
/// The rate is the generic cell rate algorithm: each message uses up one interval (period / count) of time, and time may be used up to one
/// burst ahead: the messages of one second, at least one. So in any span T at most T / interval + burst messages go out.
/// </remarks>
internal sealed class DestinationState(DestinationLimits limits, BackOffSettings backOff)
{
    private readonly Dictionary<string, Lease> _leases = [];
    private DateTimeOffset _rateUsedUntil;
    private int _failures;
    private DateTimeOffset? _backOffUntil;

    public DateTimeOffset? BackOffUntil => _backOffUntil;

    public int Failures => _failures;

    public void Apply(DestinationEvent e)
    {
        switch (e)
        {
            case DestinationEvent.BackedOff backedOff:
                _failures = backedOff.Failures;
                _backOffUntil = backedOff.Until;
                break;
            case DestinationEvent.Recovered:
                _failures = 0;
                _backOffUntil = null;
                break;
            case DestinationEvent.RateUsed used:
                _rateUsedUntil = used.UsedUntil;
                break;
        }
    }

    /// <summary>The event of a failure at <paramref name="now"/>; null if one is being waited out already (many connections fail at once).</summary>
    public DestinationEvent? Fail(DateTimeOffset now, string reason)
        => _backOffUntil > now ? null : new DestinationEvent.BackedOff(_failures + 1, now + backOff.After(_failures + 1), reason);

    /// <summary>The connections that <paramref name="node"/> may have open now, out of those that no other node holds.</summary>
    public int GrantConnections(string node, int wanted, DateTimeOffset now, TimeSpan validFor)
    {
        var held = 0;
        var others = 0;
        foreach (var (other, lease) in _leases)
        {
            if (other != node && lease.Expires > now)
            {
                held += lease.Connections;
                others++;
            }
        }

        var allowed = _backOffUntil is null ? limits.Connections : _backOffUntil <= now ? 1 : 0;
        var fairShare = Math.Max(1, (allowed + others) / (others + 1));
        var granted = Math.Max(0, Math.Min(Math.Min(wanted, fairShare), allowed - held));
        if (granted == 0)
        {
            _leases.Remove(node);
        }
        else
        {
            _leases[node] = new Lease(granted, now + validFor);
        }

        return granted;
    }

    /// <summary>How many of <paramref name="wanted"/> messages the rate allows now, and the event that uses them up (null without a rate).</summary>
    public (long Messages, DestinationEvent? Event) GrantMessages(int wanted, DateTimeOffset now)
    {
        if (limits.Rate is not { } rate)
        {
            return (long.MaxValue, null);
        }

        var interval = TimeSpan.FromTicks((rate.Period.Ticks + rate.Count - 1) / rate.Count);
        var burst = Math.Max(1, (long)(TimeSpan.FromSeconds(1) / interval));
        var usedUntil = _rateUsedUntil > now ? _rateUsedUntil : now;
        var ahead = (now + (interval * burst)) - usedUntil;
        var messages = Math.Clamp((long)(ahead / interval), 0, Math.Max(0, wanted));
        return messages == 0 ? (0, null) : (messages, new DestinationEvent.RateUsed(usedUntil + (interval * messages)));
    }

    /// <summary>What is durable, as the events that make it.</summary>
    public DestinationSnapshot ToSnapshot()
    {
        var events = System.Collections.Immutable.ImmutableArray.CreateBuilder<DestinationEvent>();
        if (_backOffUntil is { } until)
        {
            events.Add(new DestinationEvent.BackedOff(_failures, until, string.Empty));
        }

        events.Add(new DestinationEvent.RateUsed(_rateUsedUntil));
        return new DestinationSnapshot(events.ToImmutable());
    }

    private readonly record struct Lease(int Connections, DateTimeOffset Expires);
}
