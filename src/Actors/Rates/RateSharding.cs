using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Membership;

namespace MtaCluster.Actors.Rates;

/// <summary>How the books of rates are sharded: over the nodes with the role <c>edge</c>, which ask them.</summary>
public static class RateSharding
{
    /// <summary>The name of the shard region.</summary>
    public const string TypeName = "rate";

    private const int Books = 64;

    // A book is worth nothing an hour after it was asked last, but for rates per day, and those have few askers.
    private static readonly TimeSpan s_passivation = TimeSpan.FromHours(24);

    /// <summary>Starts the shard region of this node, and gives what asks it.</summary>
    public static IClusterRates Start(ActorSystem system, TimeProvider time)
    {
        var region = ClusterSharding.Get(system).Start(
            TypeName,
            _ => ActorProps.Of(() => new RateActor(time)),
            ClusterShardingSettings.Create(system).WithRole(ClusterRoles.Edge).WithPassivateIdleAfter(s_passivation),
            new Extractor());
        var cluster = Akka.Cluster.Cluster.Get(system);
        return new ClusterRates(region, () => EdgeNodes(cluster), time);
    }

    private static int EdgeNodes(Akka.Cluster.Cluster cluster) =>
        cluster.State.Members.Count(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp && member.HasRole(ClusterRoles.Edge));

    private static string BookOf(RateKey key) =>
        (StableHash.Of($"{key.Kind} {key.Subject}") % Books).ToString(CultureInfo.InvariantCulture);

    private sealed class Extractor : IMessageExtractor
    {
        public string? EntityId(object message) => message is IRateCommand command ? BookOf(command.Key) : null;

        public object? EntityMessage(object message) => message;

        public string ShardId(object message) => EntityId(message)!;

        public string ShardId(string entityId, object? messageHint = null) => entityId;
    }
}
