using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Pattern;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>How destinations are sharded: over the nodes with the role <c>spool</c>, which have the journal.</summary>
public static class DestinationSharding
{
    /// <summary>The name of the shard region.</summary>
    public const string TypeName = "destination";

    private const int Shards = 64;

    private static readonly TimeSpan s_passivation = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_restartAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_restartAtMost = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Starts the shard region of this node. Destinations without demand stop after two minutes: their leases have expired by then. One
    /// whose journal fails starts anew after a second, then two, up to twenty; what comes meanwhile gets no answer.
    /// </summary>
    public static IActorRef StartRegion(ActorSystem system, DestinationServices services)
    {
        var footing = NodeFooting.Of(system, services.Time);
        return ClusterSharding.Get(system).Start(
            TypeName,
            entityId => Supervised(Parse(entityId), services, footing),
            ClusterShardingSettings.Create(system).WithRole(ClusterRoles.Spool).WithPassivateIdleAfter(s_passivation),
            new Extractor());
    }

    private static Props Supervised(DestinationKey key, DestinationServices services, NodeFooting footing) => BackoffSupervisor.Props(
        Backoff.OnStop(ActorProps.Of(() => new DestinationActor(key, services, footing)), "authority", s_restartAfter, s_restartAtMost, 0.2, -1));

    private static DestinationKey Parse(string entityId) => DestinationKey.TryParse(entityId, out var key)
        ? key
        : throw new ArgumentException($"'{entityId}' names no destination", nameof(entityId));

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => message is IDestinationCommand command ? command.Destination.ToString() : null;
    }
}
