using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DispatcherSpoolSpecs : DispatcherScenario
{
    private const int ReadyLimit = 400;

    [Fact]
    public async Task What_several_spools_are_asked_for_adds_up_to_no_more_than_there_is_room_for()
    {
        Policy.Limit = 0;
        var dispatcher = Start();
        TestProbe[] spools = [CreateTestProbe(), CreateTestProbe(), CreateTestProbe()];
        foreach (var spool in spools)
        {
            dispatcher.Tell(new MailParked(Offers.Target, spool.Ref));
        }

        var first = await spools[0].ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
        Assert.Equal(ReadyLimit, first.Count);
        spools[0].Reply(new MailSupplied(150, true));
        var second = await spools[1].ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
        Assert.Equal(ReadyLimit - 150, second.Count);
        spools[1].Reply(new MailSupplied(250, true));
        Offer(dispatcher, 1, 150);
        await DescribedAsync(dispatcher, told => told.Ready == 150);
        Assert.False(spools[2].HasMessages);

        // What does not come goes elsewhere: there is room after a while.
        Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(ReadyLimit - 150, (await spools[2].ExpectMsgAsync<MailDemand>(cancellationToken: Stop)).Count);
    }

    [Fact]
    public async Task Mail_that_is_recalled_is_given_back_and_what_is_under_way_goes_on()
    {
        Policy.Limit = 1;
        Peer.HoldDots();
        var dispatcher = Start();
        TestProbe[] spools = [CreateTestProbe(), CreateTestProbe()];
        dispatcher.Tell(Offers.Offer(1, spools[0].Ref), Worker);
        dispatcher.Tell(Offers.Offer(2, spools[0].Ref), Worker);
        dispatcher.Tell(Offers.Offer(3, spools[1].Ref), Worker);
        dispatcher.Tell(new MailParked(Offers.Target, spools[0].Ref), spools[0].Ref);
        await AwaitAsync(() => Peer.Messages.Count == 1);
        await spools[0].ExpectMsgAsync<MailDemand>(cancellationToken: Stop);

        dispatcher.Tell(new RecallMail(spools[0].Ref));
        var parked = await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop);
        Assert.Equal((Mail.Id(2), "Queue is moving"), (parked.Id, parked.Reason.Text));
        var told = await DescribedAsync(dispatcher, _ => true);
        Assert.Equal((1, 1, 0), (told.Ready, told.UnderWay, told.ParkedSpools));

        Peer.AnswerDots();
        Assert.Equal([Mail.Id(1), Mail.Id(3)], (await SettledAsync(2)).Select(settled => settled.Id));
        Assert.False(spools[0].HasMessages);
    }

    [Fact]
    public async Task What_was_ready_for_a_spool_that_is_gone_is_not_sent()
    {
        Policy.Limit = 0;
        var dispatcher = Start();
        var spool = CreateTestProbe();
        dispatcher.Tell(Offers.Offer(1, spool.Ref), Worker);
        await DescribedAsync(dispatcher, told => told.Ready == 1);

        Sys.Stop(spool);

        await DescribedAsync(dispatcher, told => told.Ready == 0);
        Policy.Limit = 1;
        dispatcher.Tell(Offers.Offer(2), Worker);
        Assert.Equal(Mail.Id(2), (await SettledAsync(1))[0].Id);
        Assert.Single(Peer.Messages);
    }

    [Fact]
    public async Task An_outcome_for_a_spool_that_is_gone_is_kept_for_a_minute_for_its_successor()
    {
        var dispatcher = Start();
        TestProbe[] spools = [CreateTestProbe(), CreateTestProbe()];
        dispatcher.Tell(Offers.Offer(1, spools[0].Ref), Worker);
        dispatcher.Tell(Offers.Offer(2, spools[0].Ref), Worker);
        await SettledAsync(2);

        Sys.Stop(spools[0]);
        await DescribedAsync(dispatcher, told => told.Unrecorded == 2);
        dispatcher.Tell(Offers.Offer(1, spools[1].Ref), Worker);
        Assert.Equal(OutcomeKind.Delivered, (await SettledAsync(1))[0].Outcomes[0].Kind);

        // The minute begins when the dispatcher has heard of the end: each look is a minute later.
        await DescribedAsync(dispatcher, told =>
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            return told.Unrecorded == 1;
        });
        dispatcher.Tell(Offers.Offer(1, spools[1].Ref), Worker);
        await SettledAsync(1);
        Assert.Equal(2, Peer.Messages.Count);
    }

    private async Task<DispatcherDescription> DescribedAsync(IActorRef dispatcher, Func<DispatcherDescription, bool> condition)
    {
        DispatcherDescription? told = null;
        await AwaitConditionAsync(
            async () => condition(told = await DescribeAsync(dispatcher)),
            TimeSpan.FromSeconds(30),
            TimeSpan.FromMilliseconds(20),
            cancellationToken: Stop);
        return told!;
    }
}
