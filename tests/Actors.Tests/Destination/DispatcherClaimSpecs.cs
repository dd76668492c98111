using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A spool that ran on this node runs on another now, which asks what was delivered for it here.</summary>
public sealed class DispatcherClaimSpecs : DispatcherScenario
{
    [Fact]
    public async Task Outcomes_that_nobody_made_durable_go_to_the_new_owner_and_are_kept_until_they_are()
    {
        var dispatcher = Start();
        var (spool, owner) = (CreateTestProbe(), CreateTestProbe());
        dispatcher.Tell(Offers.Offer(1, spool.Ref, "a@example.net", "b@example.net"), Worker);
        await SettledAsync(1);
        Sys.Stop(spool);

        for (var asked = 0; asked < 2; asked++)
        {
            dispatcher.Tell(new ClaimOutcomes(0, owner.Ref), owner.Ref);
            var left = await owner.ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop);
            Assert.Equal(["a@example.net", "b@example.net"], left.Recipients);
            Assert.Equal([OutcomeKind.Delivered, OutcomeKind.Delivered], left.Settled.Outcomes.Select(outcome => outcome.Kind));
            Assert.Empty((await owner.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay);
        }

        dispatcher.Tell(new OutcomeRecorded(Mail.Id(1)), owner.Ref);
        Assert.Equal(0, (await DescribeAsync(dispatcher)).Unrecorded);
    }

    [Fact]
    public async Task What_is_under_way_ends_here_and_the_new_owner_hears_of_it()
    {
        Peer.HoldDots();
        var dispatcher = Start();
        var (spool, owner) = (CreateTestProbe(), CreateTestProbe());
        dispatcher.Tell(Offers.Offer(1, spool.Ref), Worker);
        await AwaitAsync(() => Peer.Messages.Count == 1);
        Sys.Stop(spool);

        dispatcher.Tell(new ClaimOutcomes(0, owner.Ref), owner.Ref);

        Assert.Equal([Mail.Id(1)], (await owner.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay);
        Peer.AnswerDots();
        Assert.Equal(OutcomeKind.Delivered, (await owner.ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop)).Settled.Outcomes[0].Kind);

        // Who of the two owns the message knows the journal alone.
        Assert.Equal(OutcomeKind.Delivered, (await SettledAsync(1))[0].Outcomes[0].Kind);
    }

    [Fact]
    public async Task A_message_that_its_spool_offers_here_again_is_the_claimants_no_more()
    {
        Peer.HoldDots();
        var dispatcher = Start();
        var (spool, owner, next) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        dispatcher.Tell(Offers.Offer(1, spool.Ref), Worker);
        await AwaitAsync(() => Peer.Messages.Count == 1);
        dispatcher.Tell(new ClaimOutcomes(0, owner.Ref), owner.Ref);
        await owner.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop);

        dispatcher.Tell(Offers.Offer(1, next.Ref), Worker);
        await DescribeAsync(dispatcher);
        Peer.AnswerDots();

        Assert.Equal(Mail.Id(1), (await SettledAsync(1))[0].Id);
        Assert.False(owner.HasMessages);
        Assert.Single(Peer.Messages);
    }

    [Fact]
    public async Task What_is_ready_is_the_new_owners_to_send_and_other_spools_lose_nothing()
    {
        Policy.Limit = 0;
        var dispatcher = Start();
        var (spool, owner) = (CreateTestProbe(), CreateTestProbe());
        dispatcher.Tell(Offers.Offer(1, spool.Ref), Worker);
        dispatcher.Tell(Offers.Offer(2, owner.Ref), Worker);
        dispatcher.Tell(Offers.Offer(3, spool.Ref) with { Id = Mail.Id(3, spool: 1) }, Worker);

        dispatcher.Tell(new ClaimOutcomes(0, owner.Ref), owner.Ref);

        Assert.Empty((await owner.ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).UnderWay);
        Assert.Equal(2, (await DescribeAsync(dispatcher)).Ready);
        Assert.Equal(Mail.Id(1), (await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Id);
        Policy.Limit = 1;
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Mail.Id(2), Mail.Id(3, spool: 1)], (await SettledAsync(2)).Select(settled => settled.Id));
    }

    [Fact]
    public async Task The_egress_asks_all_its_dispatchers_and_answers_where_there_is_none()
    {
        var services = Services();
        var egress = Sys.ActorOf(Props.Create(() => new EgressActor(services)));
        egress.Tell(new ClaimOutcomes(0, TestActor), TestActor);
        Assert.Equal(0, (await ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop)).Spool);
        egress.Tell(Offers.Offer(1), Worker);
        await SettledAsync(1);

        egress.Tell(new ClaimOutcomes(0, TestActor), TestActor);

        Assert.Equal(Mail.Id(1), (await ExpectMsgAsync<LeftOutcome>(cancellationToken: Stop)).Settled.Id);
        Assert.Equal(Worker.LastSender, LastSender);
        await ExpectMsgAsync<OutcomesClaimed>(cancellationToken: Stop);
    }
}
