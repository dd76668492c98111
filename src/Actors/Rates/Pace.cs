using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Rates;

/// <summary>
/// A rate as the generic cell rate algorithm: each one that is taken uses up an interval of time, and time may be used up to one burst ahead. In any span T
/// at most T / interval + burst are taken.
/// </summary>
/// <param name="Interval">In ticks, at least 1.</param>
/// <param name="Burst">How many at once, at least 1.</param>
internal readonly record struct Pace(long Interval, long Burst)
{
    /// <summary>The whole of a rate: all that it allows in a period may be taken at once.</summary>
    public static Pace Of(Rate rate) => ShareOf(rate, 1);

    /// <summary>The part of one node, where so many have to do without each other: together they take no more, but for the one that each may always take.</summary>
    public static Pace ShareOf(Rate rate, int nodes) =>
        new(((rate.Period.Ticks + rate.Count - 1) / rate.Count) * Math.Max(1, nodes), Math.Max(1, rate.Count / Math.Max(1, nodes)));

    /// <summary>Takes up to so many; moves <paramref name="usedUntil"/> on by them.</summary>
    /// <param name="wanted">How many, at least 1.</param>
    /// <param name="now">The steady time.</param>
    /// <param name="usedUntil">The time that is used up.</param>
    /// <returns>How many were taken, and, if not all, after how long there is another.</returns>
    public (int Taken, TimeSpan RetryAfter) Take(int wanted, TimeSpan now, ref TimeSpan usedUntil)
    {
        var from = Math.Max(usedUntil.Ticks, now.Ticks);
        var ahead = from - now.Ticks;
        var taken = (int)Math.Clamp(Burst - ((ahead + Interval - 1) / Interval), 0, wanted);
        usedUntil = new TimeSpan(from + (taken * Interval));
        var wait = usedUntil.Ticks - now.Ticks - ((Burst - 1) * Interval);
        return (taken, taken < wanted ? new TimeSpan(Math.Max(1, wait)) : TimeSpan.Zero);
    }
}
