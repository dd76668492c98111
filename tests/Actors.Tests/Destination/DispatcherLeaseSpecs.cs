using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DispatcherLeaseSpecs : DispatcherScenario
{
    [Fact]
    public async Task Without_an_authority_what_is_being_sent_is_cut_after_the_lease_and_nothing_stays_open()
    {
        Policy.Limit = 2;
        Policy.ValidFor = TimeSpan.FromSeconds(5);
        Peer.HoldDots();
        var dispatcher = Start();
        Offer(dispatcher, 1, 2);
        await AwaitAsync(() => Peer.Messages.Count == 2);
        Policy.IsSilent = true;

        Time.Advance(TimeSpan.FromSeconds(5.5));
        Offer(dispatcher, 3, 3);
        var asked = await AskedAfterAsync();
        Assert.Equal(2, asked.Holding.Connections);
        Assert.Equal(2, Peer.Open);

        Time.Advance(TimeSpan.FromSeconds(0.5));
        var cut = await SettledAsync(2);
        Assert.All(cut, settled => Assert.Equal((OutcomeKind.Deferred, FailureScope.Session), (settled.Outcomes[0].Kind, settled.Outcomes[0].Scope)));
        Assert.Equal(0, Peer.Open);
        await AwaitAsync(() => Policy.Seen.OfType<RequestLease>().Last().Holding.Connections == 0);
        Assert.Equal(2, Peer.Attempts);

        Policy.IsSilent = false;
        Peer.AnswerDots();
        Assert.Equal(OutcomeKind.Delivered, (await SettledAsync(1))[0].Outcomes[0].Kind);
    }

    [Fact]
    public async Task What_is_beyond_a_lease_that_shrank_goes_on_as_long_as_the_lease_is_renewed()
    {
        Policy.Limit = 2;
        Policy.ValidFor = TimeSpan.FromSeconds(5);
        Peer.HoldDots();
        var dispatcher = Start();
        Offer(dispatcher, 1, 2);
        await AwaitAsync(() => Peer.Messages.Count == 2);
        Policy.Limit = 0;

        for (var i = 0; i < 4; i++)
        {
            await AskedAfterAsync();
            Time.Advance(TimeSpan.FromSeconds(3));
        }

        Peer.AnswerDots();
        Assert.All(await SettledAsync(2), settled => Assert.Equal(OutcomeKind.Delivered, settled.Outcomes[0].Kind));
        await AwaitAsync(() => Policy.Seen.OfType<RequestLease>().Last().Holding.Connections == 0);
        Assert.Equal(0, Peer.Open);
    }

    [Fact]
    public async Task A_lease_that_is_of_no_use_is_given_back()
    {
        var dispatcher = Start();
        Offer(dispatcher, 1, 1);
        await SettledAsync(1);
        dispatcher.Tell(new OutcomeRecorded(Mail.Id(1)));
        Time.Advance(TimeSpan.FromSeconds(5));

        await AwaitAsync(() => Policy.Seen.OfType<RequestLease>().Last() is { Connections: 0, Holding.Connections: 0 });
        Assert.Equal(0, Peer.Open);
    }

    [Fact]
    public async Task A_suspended_destination_gets_nothing_and_those_that_wait_are_told_who_wanted_it_so()
    {
        Policy.Suspension = new SuspensionDescription("ops", "their request", Time.GetUtcNow(), null);
        var dispatcher = Start();
        var spool = CreateTestProbe();

        Offer(dispatcher, 1, 2);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("Suspended by ops: their request", (await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Reason.Text);
        }

        dispatcher.Tell(new MailParked(Offers.Target, spool.Ref));
        Offer(dispatcher, 3, 3);
        Assert.Equal("Suspended by ops: their request", (await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Reason.Text);
        Assert.Contains("suspended by ops", (await DescribeAsync(dispatcher)).Waits, StringComparison.Ordinal);
        Assert.False(spool.HasMessages);
        Assert.Equal(0, Peer.Attempts);

        Policy.Suspension = null;
        Assert.InRange((await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop)).Count, 1, 400);
    }

    [Fact]
    public async Task While_outcomes_cannot_be_made_durable_nothing_new_is_sent_and_what_is_ready_stays()
    {
        Policy.Limit = 1;
        Peer.HoldDots();
        var dispatcher = Start();
        var spool = CreateTestProbe();
        Offer(dispatcher, 1, 3);
        await AwaitAsync(() => Peer.Messages.Count == 1);

        Health.Bad("journal", "the disk is full");
        dispatcher.Tell(new MailParked(Offers.Target, spool.Ref));
        Peer.AnswerDots();
        Assert.Equal(OutcomeKind.Delivered, (await SettledAsync(1))[0].Outcomes[0].Kind);
        await AskedAfterAsync();
        var told = await DescribeAsync(dispatcher);
        Assert.Equal((2, 0, 1, 1), (told.Ready, told.UnderWay, told.Unrecorded, told.ParkedSpools));
        Assert.Contains("the disk is full", told.Waits, StringComparison.Ordinal);
        Assert.False(Worker.HasMessages);
        Assert.False(spool.HasMessages);

        Health.Good("journal");
        await SettledAsync(2);
        await spool.ExpectMsgAsync<MailDemand>(cancellationToken: Stop);
    }

    private async Task<RequestLease> AskedAfterAsync()
    {
        var before = Policy.Seen.OfType<RequestLease>().Count();
        await AwaitAsync(() => Policy.Seen.OfType<RequestLease>().Count() > before);
        return Policy.Seen.OfType<RequestLease>().Last();
    }
}
