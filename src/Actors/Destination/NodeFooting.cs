using Akka.Actor;
using Akka.Cluster;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Whether this node may decide for the cluster. A node that sees less than a majority may have been given up by the others, who then run
/// its authorities elsewhere; so may one that did not run for a while, and has not noticed yet. Thread-safe.
/// </summary>
internal sealed class NodeFooting : IDisposable
{
    /// <summary>Whoever has not run for so long may have been replaced.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<bool> _hasMajority;
    private readonly ITimer _timer;
    private long _lastBeat;
    private long _pauses;

    /// <summary>Begins to watch.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="hasMajority">Whether this node belongs to a cluster of which it sees the majority.</param>
    public NodeFooting(TimeProvider time, Func<bool> hasMajority)
    {
        _time = time;
        _hasMajority = hasMajority;
        _lastBeat = time.GetTimestamp();
        _timer = time.CreateTimer(static footing => ((NodeFooting)footing!).Beat(), this, s_beat, s_beat);
    }

    /// <summary>It may decide.</summary>
    public bool IsFirm => _hasMajority();

    /// <summary>Rises with each pause: who has decided before must make sure that it is still the one to decide.</summary>
    public long Pauses
    {
        get
        {
            var pauses = Interlocked.Read(ref _pauses);
            return _time.GetElapsedTime(Interlocked.Read(ref _lastBeat)) > LongestPause ? pauses + 1 : pauses;
        }
    }

    /// <summary>The footing of a cluster member.</summary>
    public static NodeFooting Of(ActorSystem system, TimeProvider time)
    {
        var cluster = Cluster.Get(system);
        var footing = new NodeFooting(time, () => SeesMajority(cluster));
        cluster.RegisterOnMemberRemoved(footing.Dispose);
        return footing;
    }

    public void Dispose() => _timer.Dispose();

    private static bool SeesMajority(Cluster cluster)
    {
        if (cluster.IsTerminated || cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed)
        {
            return false;
        }

        var state = cluster.State;
        return state.Unreachable.Count * 2 < state.Members.Count;
    }

    private void Beat()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Interlocked.Exchange(ref _lastBeat, now), now) > LongestPause)
        {
            Interlocked.Increment(ref _pauses);
        }
    }
}
