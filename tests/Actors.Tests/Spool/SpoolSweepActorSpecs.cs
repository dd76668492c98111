using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit.Xunit;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>A node with spools whose cluster is led by a node without: the lower address leads.</summary>
public sealed class SpoolSweepActorSpecs() : TestKit(ClusterNode.Configure(ClusterRoles.Spool, "127.0.0.2"), "MtaCluster", TestContext.Current.TestOutputHelper)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spools_are_swept_by_the_first_of_the_nodes_that_have_them_whoever_leads_the_cluster()
    {
        var leader = ActorSystem.Create("MtaCluster", ClusterNode.Configure(ClusterRoles.Edge));
        var (own, its) = (Cluster.Get(Sys), Cluster.Get(leader));
        await its.JoinAsync(its.SelfAddress, Stop);
        await own.JoinAsync(its.SelfAddress, Stop);
        await AwaitConditionAsync(() => Task.FromResult(its.SelfAddress.Equals(own.State.Leader)), TimeSpan.FromSeconds(30), cancellationToken: Stop);
        var region = CreateTestProbe();
        var health = new StoreHealth();
        var local = new LocalSpools(3);
        local.Add(new LocalSpool(1, ActorRefs.Nobody));

        SpoolSharding.StartSweep(Sys, region.Ref, 3, local, health);

        Assert.Equal(0, (await region.ExpectMsgAsync<EnsureSpoolStarted>(cancellationToken: Stop)).Spool);
        Assert.Equal(2, (await region.ExpectMsgAsync<EnsureSpoolStarted>(cancellationToken: Stop)).Spool);
        await leader.Terminate();
    }

    [Fact]
    public async Task A_spool_that_moves_is_started_by_another_node_that_has_spools_whether_it_leads_or_not()
    {
        var edge = ActorSystem.Create("MtaCluster", ClusterNode.Configure(ClusterRoles.Edge));
        var leaving = ActorSystem.Create("MtaCluster", ClusterNode.Configure(ClusterRoles.Spool));
        var (own, its) = (Cluster.Get(Sys), Cluster.Get(leaving));
        await its.JoinAsync(its.SelfAddress, Stop);
        await own.JoinAsync(its.SelfAddress, Stop);
        await Cluster.Get(edge).JoinAsync(its.SelfAddress, Stop);
        await AwaitConditionAsync(
            () => Task.FromResult(its.State.Members.Count(member => member.Status == MemberStatus.Up) == 3), TimeSpan.FromSeconds(30), cancellationToken: Stop);
        var region = CreateTestProbe();
        var open = new LocalSpools(1);
        open.Add(new LocalSpool(0, ActorRefs.Nobody));
        SpoolSharding.StartSweep(Sys, region.Ref, 1, open, new StoreHealth());

        var moves = SpoolSharding.StartMoves(leaving);

        moves.Tell(new SpoolMoved(7));

        Assert.Equal(new EnsureSpoolStarted(7, Confirm: true), await region.ExpectMsgAsync<EnsureSpoolStarted>(cancellationToken: Stop));
        var settled = moves.Ask<SpoolMovesSettled>(AwaitSpoolMoves.Instance, Stop);
        Assert.Equal(new EnsureSpoolStarted(7, Confirm: true), await region.ExpectMsgAsync<EnsureSpoolStarted>(cancellationToken: Stop));
        Assert.False(settled.IsCompleted);
        region.Reply(new SpoolStarted(7));
        await settled;
        await edge.Terminate();
        await leaving.Terminate();
    }
}
