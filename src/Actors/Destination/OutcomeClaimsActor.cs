using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Membership;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Asks all other nodes that deliver, for the spools that open on this one, what came of the deliveries that they made for the owner before. Nodes that cannot be
/// reached are not asked. Holds nothing.
/// </summary>
internal sealed class OutcomeClaimsActor(TimeSpan patience) : UntypedActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    protected override void OnReceive(object message)
    {
        if (message is not ClaimOutcomes claim)
        {
            Unhandled(message);
            return;
        }

        var (asker, others) = (Sender, OtherEgresses());
        Context.ActorOf(ActorProps.Of(() => new OutcomeClaimActor(claim, others, asker, patience)));
    }

    private ImmutableArray<ICanTell> OtherEgresses()
    {
        var state = _cluster.State;
        return
        [
            .. state.Members
                .Where(member => member.HasRole(ClusterRoles.Egress) && !member.Address.Equals(_cluster.SelfAddress)
                    && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting
                    && !state.Unreachable.Contains(member))
                .Select(member => Egress.At(Context, member.Address)),
        ];
    }
}

/// <summary>How spools learn of deliveries for the owner before.</summary>
public static class OutcomeClaims
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Starts what asks the other nodes.</summary>
    public static IActorRef Start(ActorSystem system) => Start(system, s_patience);

    /// <summary>Starts what asks the other nodes, and says how long it waits for them.</summary>
    internal static IActorRef Start(ActorSystem system, TimeSpan patience)
        => system.ActorOf(ActorProps.Of(() => new OutcomeClaimsActor(patience)), "outcome-claims");
}
