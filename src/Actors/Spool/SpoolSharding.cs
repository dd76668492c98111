using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Spool;

/// <summary>How spools are sharded: a fixed number of entities, each a shard of its own, so that they move one by one.</summary>
public static class SpoolSharding
{
    /// <summary>The name of the shard region.</summary>
    public const string TypeName = "spool";

    /// <summary>The name of the sweep's actor, by which other nodes find it.</summary>
    internal const string SweepName = "spool-sweep";

    /// <summary>The persistence id of a spool: kept for ever.</summary>
    public static string PersistenceIdOf(int number) => EntityIdOf(number);

    /// <summary>Starts the shard region of this node.</summary>
    public static IActorRef StartRegion(ActorSystem system, SpoolServices services)
    {
        var sharding = ClusterSharding.Get(system);
        return sharding.Start(
            TypeName,
            entityId => ActorProps.Of(() => new SpoolActor(NumberOf(entityId), services)),
            ClusterShardingSettings.Create(system).WithRole(ClusterRoles.Spool).WithPassivateIdleAfter(TimeSpan.Zero),
            new Extractor(),
            sharding.DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
            StopSpool.Instance);
    }

    /// <summary>Starts the sweep that keeps all spools running. Stop it before the region: it would ask for homes of shards that are handed off.</summary>
    public static IActorRef StartSweep(ActorSystem system, IActorRef region, int spools, LocalSpools local, StoreHealth health)
        => system.ActorOf(ActorProps.Of(() => new SpoolSweepActor(region, spools, local, health)), SweepName);

    /// <summary>Starts what sees to it that spools which leave this node run elsewhere at once.</summary>
    public static IActorRef StartMoves(ActorSystem system) => system.ActorOf(ActorProps.Of(() => new SpoolMovesActor()), "spool-moves");

    /// <summary>Hands all spools of this node over, and waits until they run on others. This node must still be one of the cluster.</summary>
    /// <param name="region">The shard region of this node; it takes no more commands.</param>
    /// <param name="moves">What <see cref="StartMoves"/> has started.</param>
    /// <param name="timeout">Of both.</param>
    /// <exception cref="OperationCanceledException">Spools did not stop, or start elsewhere, in time; or the others are of a version that does not say so.</exception>
    public static async Task HandOverAsync(IActorRef region, IActorRef moves, TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        await region.GracefulStop(timeout, GracefulShutdown.Instance).ConfigureAwait(false);
        await moves.Ask<SpoolMovesSettled>(AwaitSpoolMoves.Instance, expired.Token).ConfigureAwait(false);
    }

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
