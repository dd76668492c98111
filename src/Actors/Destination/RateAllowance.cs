using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// A rate as the generic cell rate algorithm: each message uses up one interval (period / count) of time, and time may be used up to one
/// burst ahead: the messages of one second, at least one. So in any span T at most T / interval + burst messages are granted.
/// </summary>
internal static class RateAllowance
{
    /// <summary>No further grants than so many in a second are worth a journal write each.</summary>
    private const int GrantsPerSecond = 10;

    /// <summary>
    /// The messages of one second, at least one: what may be granted at once, and what a node may hold of it without having sent it.
    /// </summary>
    public static int Burst(Rate rate) => (int)Math.Max(1, TimeSpan.FromSeconds(1) / Interval(rate));

    /// <summary>
    /// How many of <paramref name="wanted"/> messages the rate allows now; moves <paramref name="usedUntil"/> on by them. Nothing where there is
    /// less than a tenth of a second's worth: who waits for more gets it with one grant instead of many.
    /// </summary>
    public static int Grant(Rate rate, int wanted, DateTimeOffset now, ref DateTimeOffset usedUntil)
    {
        var interval = Interval(rate);
        var from = usedUntil > now ? usedUntil : now;
        var there = (long)((now + (interval * Burst(rate)) - from) / interval);
        var granted = (int)Math.Clamp(there, 0, Math.Max(0, wanted));
        if (granted == 0 || granted < Math.Min(wanted, Burst(rate) / GrantsPerSecond))
        {
            return 0;
        }

        usedUntil = from + (interval * granted);
        return granted;
    }

    private static TimeSpan Interval(Rate rate) => TimeSpan.FromTicks((rate.Period.Ticks + rate.Count - 1) / rate.Count);
}
