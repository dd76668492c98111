using Akka.Actor;
using Akka.Cluster;

namespace MtaCluster.Actors.Admin;

/// <summary>Something that happened to the membership of the cluster, as one node saw it.</summary>
/// <param name="Node">The member, or for a leader the new one; null when there is none.</param>
/// <param name="Change">What happened to it: joining, up, leaving, exited, removed, downed, unreachable, reachable, leader.</param>
public sealed record MembershipChange(string? Node, string Change);

/// <summary>Watching the membership.</summary>
public static class MembershipWatch
{
    /// <summary>Tells of each change from now on, one at a time. Stop the actor to end it.</summary>
    public static IActorRef Start(ActorSystem system, Action<MembershipChange> changed)
        => system.ActorOf(ActorProps.Of(() => new MembershipWatchActor(changed)));
}

/// <summary>Brings the events of the cluster to someone outside the actor system, as long as it runs.</summary>
internal sealed class MembershipWatchActor : UntypedActor
{
    private readonly Action<MembershipChange> _changed;

    public MembershipWatchActor(Action<MembershipChange> changed)
    {
        _changed = changed;
    }

    protected override void PreStart() => Cluster.Get(Context.System).Subscribe(
        Self,
        ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
        typeof(ClusterEvent.IMemberEvent),
        typeof(ClusterEvent.ReachabilityEvent),
        typeof(ClusterEvent.LeaderChanged));

    protected override void PostStop() => Cluster.Get(Context.System).Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.IMemberEvent changed:
                Report(changed.Member.Address, changed is ClusterEvent.MemberRemoved ? "removed" : Name(changed.Member.Status));
                break;
            case ClusterEvent.UnreachableMember unreachable:
                Report(unreachable.Member.Address, "unreachable");
                break;
            case ClusterEvent.ReachableMember reachable:
                Report(reachable.Member.Address, "reachable");
                break;
            case ClusterEvent.LeaderChanged leader:
                Report(leader.Leader, "leader");
                break;
            case ClusterEvent.CurrentClusterState:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static string Name(MemberStatus status) => status switch
    {
        MemberStatus.Down => "downed",
        MemberStatus.Exiting => "exited",
        _ => status.ToString().ToLowerInvariant(),
    };

    private void Report(Address? node, string change) => _changed(new MembershipChange(node?.ToString(), change));
}
