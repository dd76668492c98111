using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// Starts the spools of the cluster, and starts again those that a failed write has stopped: every sweep touches each spool once that is not open
/// here. The leader of the nodes with spools does it alone; while the store is in trouble nobody does, for no spool could be recovered. Remembered entities
/// would do it at the price of two reads for each. A spool that another node has let go of is started when that node says so.
/// </summary>
internal sealed class SpoolSweepActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private readonly IActorRef _region;
    private readonly int _spools;
    private readonly LocalSpools _local;
    private readonly StoreHealth _health;
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public SpoolSweepActor(IActorRef region, int spools, LocalSpools local, StoreHealth health)
    {
        _region = region;
        _spools = spools;
        _local = local;
        _health = health;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, TimeSpan.Zero, s_interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case EnsureSpoolStarted moved:
                _region.Forward(moved);
                break;
            case Sweep:
                SweepAll();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void SweepAll()
    {
        if (!_health.IsGood || !ClusterRoles.Leads(_cluster, ClusterRoles.Spool))
        {
            return;
        }

        for (var spool = 0; spool < _spools; spool++)
        {
            if (_local.Find(spool) is null)
            {
                _region.Tell(new EnsureSpoolStarted(spool));
            }
        }
    }

    private sealed record Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }
}
