namespace MtaCluster.Actors.Destination;

/// <summary>A point in time by both clocks of a node: the calendar's, which may be set, and a steady one, by which leases are counted.</summary>
/// <param name="Clock">The calendar's.</param>
/// <param name="Steady">Time since some point before the process began. Of no meaning on another node.</param>
internal readonly record struct Moment(DateTimeOffset Clock, TimeSpan Steady)
{
    public static Moment Of(TimeProvider time) => new(time.GetUtcNow(), time.GetElapsedTime(0));
}
