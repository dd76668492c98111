using Akka.Actor;
using MtaCluster.Actors.Smtp;
using MtaCluster.Node.Auth;

namespace MtaCluster.Node.Admin;

/// <summary>What the commands of the admin endpoint work with.</summary>
/// <param name="System">The actor system.</param>
/// <param name="Spools">The shard region of the spools.</param>
/// <param name="SpoolCount">How many spools the cluster has.</param>
/// <param name="Destinations">The shard region of the destinations.</param>
/// <param name="Egress">The dispatchers of this node; null where it delivers nothing.</param>
/// <param name="Inbound">The inbound sessions of this node; null where it takes no mail.</param>
/// <param name="Readiness">Whether this node takes mail.</param>
/// <param name="Time">The clock.</param>
internal sealed record AdminServices(
    ActorSystem System,
    IActorRef Spools,
    int SpoolCount,
    IActorRef Destinations,
    IActorRef? Egress,
    InboundConnections? Inbound,
    INodeReadiness Readiness,
    TimeProvider Time)
{
    /// <summary>Who may log in; null where that is not known yet.</summary>
    public UserAccounts? Users { get; init; }
}
