using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit.Xunit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A node whose spools open, with real remoting to nodes that delivered for the owners before.</summary>
public sealed class OutcomeClaimsSpecs() : TestKit(ClusterNode.Configure("spool"), "MtaCluster", TestContext.Current.TestOutputHelper)
{
    // Longer than what a spec waits for.
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(5);

    private static readonly OfferSettled s_settled = new(Mail.Id(1), Offers.Target, [SpoolScenario.Delivered], DeliveryPath.None);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_other_node_that_delivers_is_asked_and_the_owner_answers_the_dispatcher_itself()
    {
        using var first = await EgressNode.JoinAsync(Sys, Stop);
        using var second = await EgressNode.JoinAsync(Sys, Stop);
        await AwaitUpAsync(2);
        var (claims, spool) = (OutcomeClaims.Start(Sys, s_long), CreateTestProbe());

        claims.Tell(new ClaimOutcomes(3, spool.Ref), spool.Ref);

        Assert.Equal(3, (await first.Egress.ExpectMsgAsync<ClaimOutcomes>(cancellationToken: Stop)).Spool);
        var dispatcher = first.CreateTestProbe();
        first.Egress.LastSender.Tell(new LeftOutcome(["r@example.net"], s_settled), dispatcher.Ref);
        first.Egress.Reply(new OutcomesClaimed(3, [Mail.Id(2)]));
        var claim = await second.Egress.ExpectMsgAsync<ClaimOutcomes>(cancellationToken: Stop);
        second.Egress.Reply(new OutcomesClaimed(3, [Mail.Id(4)]));
        var left = await spool.ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(1), "r@example.net"), (left.Settled.Id, Assert.Single(left.Recipients)));
        spool.Reply(new OutcomeRecorded(Mail.Id(1)));
        await dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        Assert.Equal([Mail.Id(2), Mail.Id(4)], (await spool.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay.Order());

        // What ends later goes to the owner as the claim names it.
        claim.Owner.Tell(new LeftOutcome(["r@example.net"], s_settled with { Id = Mail.Id(4) }), second.Egress.Ref);
        Assert.Equal(Mail.Id(4), (await spool.ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop)).Settled.Id);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_not_waited_for_and_heard_nonetheless()
    {
        using var silent = await EgressNode.JoinAsync(Sys, Stop);
        await AwaitUpAsync(1);
        var (claims, spool) = (OutcomeClaims.Start(Sys), CreateTestProbe());

        claims.Tell(new ClaimOutcomes(3, spool.Ref), spool.Ref);

        await silent.Egress.ExpectMsgAsync<ClaimOutcomes>(cancellationToken: Stop);
        Assert.Empty((await spool.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay);
        silent.Egress.Reply(new LeftOutcome(["r@example.net"], s_settled));
        silent.Egress.Reply(new OutcomesClaimed(3, [Mail.Id(2)]));
        Assert.Equal(Mail.Id(1), (await spool.ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop)).Settled.Id);
        Assert.Equal([Mail.Id(2)], (await spool.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay);
    }

    [Fact]
    public async Task A_node_that_is_alone_has_nobody_to_ask()
    {
        Cluster.Get(Sys).Join(Cluster.Get(Sys).SelfAddress);
        var (claims, spool) = (OutcomeClaims.Start(Sys, s_long), CreateTestProbe());

        claims.Tell(new ClaimOutcomes(3, spool.Ref), spool.Ref);

        Assert.Equal(3, (await spool.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).Spool);
    }

    private Task AwaitUpAsync(int egressNodes) => AwaitConditionAsync(
        () => Task.FromResult(ClusterNode.SeesUp(Sys, "egress", egressNodes)),
        TimeSpan.FromSeconds(30),
        cancellationToken: Stop);
}
