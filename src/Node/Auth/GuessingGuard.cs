using System.Net;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net;

namespace MtaCluster.Node.Auth;

/// <summary>
/// Slows guessing down, and stops it: each failure in a row makes the next answer wait twice as long, and after so many within the window the name, or
/// the client's network (an IPv4 address, an IPv6 /64), is locked out for a while. Names count whether there is such a user or not. Where a user has logged
/// in before, from the same network, they are counted by themselves: what others do, there or elsewhere, does not lock them out. Memory is bounded; each node
/// counts for itself.
/// </summary>
internal sealed class GuessingGuard(LockOutSettings settings, TimeProvider time)
{
    /// <summary>Behind one address may be many users: it may fail so many times as often as a name.</summary>
    public const int NetworkFactor = 5;

    /// <summary>How long the answer to the first failure waits.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer waits at most.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(16);

    private const int Capacity = 50_000;

    private readonly Lock _lock = new();
    private readonly RecentEntries<string, Failures> _names = new(Capacity);
    private readonly RecentEntries<ClientKey, Failures> _networks = new(Capacity);
    private readonly RecentEntries<(string Name, ClientKey Network), Failures> _known = new(Capacity);

    /// <summary>Whether an attempt may be made.</summary>
    /// <param name="name">The canonical name; null if it is not known.</param>
    /// <param name="client">The client's address.</param>
    public bool Allows(string? name, IPAddress client)
    {
        var (network, now) = (ClientKey.Of(client), time.GetUtcNow());
        lock (_lock)
        {
            return name is not null && _known.TryGet((name, network), out var known)
                ? !known.IsLocked(now)
                : !IsLocked(_networks, network, now) && (name is null || !IsLocked(_names, name, now));
        }
    }

    /// <summary>An attempt has failed.</summary>
    /// <returns>How long the answer is to wait.</returns>
    public TimeSpan Fail(string? name, IPAddress client)
    {
        var (network, now) = (ClientKey.Of(client), time.GetUtcNow());
        lock (_lock)
        {
            if (name is not null && _known.TryGet((name, network), out var known))
            {
                known = known.Next(now, settings, settings.Failures);
                _known.Set((name, network), known);
                return DelayOf(known.Count);
            }

            var ofNetwork = Count(_networks, network, now, settings.Failures * NetworkFactor);
            return DelayOf(Math.Max(ofNetwork / NetworkFactor, name is null ? 1 : Count(_names, name, now, settings.Failures)));
        }
    }

    /// <summary>An attempt was good: from this network the user is known now.</summary>
    public void Succeed(string name, IPAddress client)
    {
        lock (_lock)
        {
            _known.Set((name, ClientKey.Of(client)), default);
        }
    }

    private static TimeSpan DelayOf(int failures)
    {
        var delay = FirstDelay * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        return delay > LongestDelay ? LongestDelay : delay;
    }

    private static bool IsLocked<TKey>(RecentEntries<TKey, Failures> entries, TKey key, DateTimeOffset now)
        where TKey : notnull => entries.TryGet(key, out var failures) && failures.IsLocked(now);

    private int Count<TKey>(RecentEntries<TKey, Failures> entries, TKey key, DateTimeOffset now, int limit)
        where TKey : notnull
    {
        var next = (entries.TryGet(key, out var failures) ? failures : default).Next(now, settings, limit);
        entries.Set(key, next);
        return next.Count;
    }

    // A window begins with a failure; what comes after its end begins another.
    private readonly record struct Failures(int Count, DateTimeOffset Since, DateTimeOffset LockedUntil)
    {
        public bool IsLocked(DateTimeOffset now) => LockedUntil > now;

        public Failures Next(DateTimeOffset now, LockOutSettings settings, int limit)
        {
            var isInWindow = Count > 0 && now - Since < settings.Window && (LockedUntil == default || LockedUntil > now);
            var (count, since) = isInWindow ? (Count + 1, Since) : (1, now);
            return new Failures(count, since, count >= limit ? now + settings.Duration : default);
        }
    }
}
