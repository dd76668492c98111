using System.Collections.Immutable;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

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
/// What is durable of one destination, pure: given the time, it decides; <see cref="Apply"/> alone changes it. Leases are not durable, but
/// what they may add up to for each node is: see <see cref="LeaseBook"/>.
/// </summary>
internal sealed class DestinationState(DestinationLimits limits, BackOffSettings backOff)
{
    private readonly Dictionary<string, int> _reserved = new(StringComparer.Ordinal);
    private DateTimeOffset? _backOffUntil;
    private SuspensionDescription? _suspension;

    /// <summary>The epoch of the last authority that granted anything; 0 before the first.</summary>
    public long Epoch { get; private set; }

    public DateTimeOffset? BackOffUntil => _backOffUntil;

    public string? BackOffReason { get; private set; }

    public int Failures { get; private set; }

    /// <summary>Up to when the rate is used.</summary>
    public DateTimeOffset RateUsedUntil { get; private set; }

    /// <summary>Connections set aside, by node.</summary>
    public IReadOnlyDictionary<string, int> Reserved => _reserved;

    public void Apply(DestinationEvent e)
    {
        switch (e)
        {
            case DestinationEvent.BackedOff backedOff:
                (Failures, _backOffUntil, BackOffReason) = (backedOff.Failures, backedOff.Until, backedOff.Reason);
                break;
            case DestinationEvent.Recovered:
                (Failures, _backOffUntil, BackOffReason) = (0, null, null);
                break;
            case DestinationEvent.RateUsed used:
                RateUsedUntil = used.UsedUntil;
                break;
            case DestinationEvent.EpochBegan began:
                Epoch = began.Epoch;
                break;
            case DestinationEvent.SharesChanged changed:
                Reserve(changed.Shares);
                break;
            case DestinationEvent.Suspended suspended:
                _suspension = new SuspensionDescription(suspended.By, suspended.Reason, suspended.Since, suspended.Until);
                break;
            case DestinationEvent.Resumed:
                _suspension = null;
                break;
        }
    }

    /// <summary>The suspension that holds at a time, or null. One with an end ends by itself.</summary>
    public SuspensionDescription? SuspensionAt(DateTimeOffset now) => _suspension is { } suspension && !(suspension.Until <= now) ? suspension : null;

    /// <summary>The connections to be used now in the whole cluster: the limit; one, to see whether a destination is back; or none.</summary>
    public int AllowedConnections(DateTimeOffset now)
        => SuspensionAt(now) is not null || _backOffUntil > now ? 0
        : _backOffUntil is null ? limits.Connections
        : 1;

    /// <summary>The event of a failure at <paramref name="now"/>; null if one is being waited out already (many connections fail at once).</summary>
    public DestinationEvent? Fail(DateTimeOffset now, string reason)
        => _backOffUntil > now ? null : new DestinationEvent.BackedOff(Failures + 1, now + backOff.After(Failures + 1), reason);

    /// <summary>What is durable, as the events that make it.</summary>
    public DestinationSnapshot ToSnapshot()
    {
        var events = ImmutableArray.CreateBuilder<DestinationEvent>();
        if (_backOffUntil is { } until)
        {
            events.Add(new DestinationEvent.BackedOff(Failures, until, BackOffReason ?? string.Empty));
        }

        events.Add(new DestinationEvent.RateUsed(RateUsedUntil));
        events.Add(new DestinationEvent.EpochBegan(Epoch));
        events.Add(new DestinationEvent.SharesChanged([.. _reserved.Select(share => new NodeShare(share.Key, share.Value))]));
        if (_suspension is { } suspension)
        {
            events.Add(new DestinationEvent.Suspended(suspension.By, suspension.Reason, suspension.Since, suspension.Until));
        }

        return new DestinationSnapshot(events.ToImmutable());
    }

    private void Reserve(ImmutableArray<NodeShare> shares)
    {
        foreach (var share in shares)
        {
            if (share.Connections == 0)
            {
                _reserved.Remove(share.Node);
            }
            else
            {
                _reserved[share.Node] = share.Connections;
            }
        }
    }
}
