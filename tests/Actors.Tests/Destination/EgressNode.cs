using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Akka.TestKit.Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>Another node of the cluster, with real remoting; a probe is its egress.</summary>
internal sealed class EgressNode : TestKit
{
    private EgressNode()
        : base(ClusterNode.Configure("egress"), "MtaCluster")
    {
        Egress = CreateTestProbe("probe");
        var probe = Egress.Ref;
        Sys.ActorOf(Props.Create(() => new Forwarder(probe)), "egress");
    }

    public TestProbe Egress { get; }

    public Address Address => Cluster.Get(Sys).SelfAddress;

    /// <summary>Starts a node that joins another, which founds the cluster if it has not.</summary>
    public static async Task<EgressNode> JoinAsync(ActorSystem other, CancellationToken cancellationToken)
    {
        var cluster = Cluster.Get(other);
        if (cluster.State.Members.IsEmpty)
        {
            cluster.Join(cluster.SelfAddress);
        }

        var node = new EgressNode();
        await Cluster.Get(node.Sys).JoinAsync(cluster.SelfAddress, cancellationToken);
        return node;
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef target) => ReceiveAny(target.Forward);
    }
}
