using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace MtaCluster.Actors.Spool;

/// <summary>How spools are sharded: a fixed number of entities, each a shard of its own, so that they move one by one.</summary>
public static class SpoolSharding
{
    /// <summary>The name of the shard region.</summary>
    public const string TypeName = "spool";

    /// <summary>The persistence id of a spool: kept for ever.</summary>
    public static string PersistenceIdOf(int number) => EntityIdOf(number);

    /// <summary>Starts the shard region of this node.</summary>
    public static IActorRef StartRegion(ActorSystem system, SpoolServices services)
    {
        var sharding = ClusterSharding.Get(system);
        return sharding.Start(
            TypeName,
            entityId => ActorProps.Of(() => new SpoolActor(NumberOf(entityId), services)),
            ClusterShardingSettings.Create(system).WithRole("spool").WithPassivateIdleAfter(TimeSpan.Zero),
            new Extractor(),
            sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
            StopSpool.Instance);
    }

    /// <summary>Starts the sweep that keeps all spools running. Stop it before the region: it would ask for homes of shards that are handed off.</summary>
    public static IActorRef StartSweep(ActorSystem system, IActorRef region, int spools)
        => system.ActorOf(ActorProps.Of(() => new SpoolSweepActor(region, spools)), "spool-sweep");

    private static string EntityIdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"spool-{number}");

    private static int NumberOf(string entityId) => int.Parse(entityId.AsSpan("spool-".Length), CultureInfo.InvariantCulture);

    private sealed class Extractor : IMessageExtractor
    {
        public string? EntityId(object message) => message is ISpoolCommand command ? EntityIdOf(command.Spool) : null;

        public object? EntityMessage(object message) => message;

        public string ShardId(object message) => EntityId(message)!;

        public string ShardId(string entityId, object? messageHint = null) => entityId;
    }
}

/// <summary>
/// Starts the spools of the cluster, and starts again those that a failed write has stopped: every sweep touches each spool once. Remembered
/// entities would do it at the price of two reads for each.
/// </summary>
internal sealed class SpoolSweepActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private readonly IActorRef _region;
    private readonly int _spools;

    public SpoolSweepActor(IActorRef region, int spools)
    {
        _region = region;
        _spools = spools;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, TimeSpan.Zero, s_interval);

    protected override void OnReceive(object message)
    {
        for (var spool = 0; spool < _spools; spool++)
        {
            _region.Tell(new EnsureSpoolStarted(spool));
        }
    }

    private sealed record Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }
}
