using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>A spool that has come from another node: what was delivered there and could not be made durable is not delivered again.</summary>
public sealed class SpoolClaimSpecs : SpoolScenario
{
    private readonly TestProbe _others;
    private readonly TestProbe _dispatcher;

    public SpoolClaimSpecs()
    {
        _others = CreateTestProbe("others");
        _dispatcher = CreateTestProbe("dispatcher");
    }

    [Fact]
    public async Task What_another_node_has_delivered_is_recorded_and_not_offered()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1), Mail.Submitted(2));
        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);

        Assert.Equal(Mail.Id(2), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);
        Assert.Equal(Mail.Id(1), (await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop)).Id);
        await SettleAsync(spool);
        Assert.False(Egress.HasMessages);
        Assert.Equal(1, Services.LocalSpools.QueuedMessages);
        var attempt = Assert.Single(MailLog.Attempts);
        Assert.Equal((Mail.Id(1), OutcomeKind.Delivered), (attempt.Id, attempt.Kind));

        // Said again, for its dispatcher cannot know what was lost.
        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);
        await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
    }

    [Fact]
    public async Task Of_several_recipients_those_without_an_outcome_are_offered()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1, "a@example.net", "b@example.com", "c@example.net"));
        var left = offers.Single(offer => offer.Recipients.Length == 2);
        spool.Tell(Left(left, Bounced, Deferred), _dispatcher.Ref);
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);

        Assert.Equal(["b@example.com"], (await Egress.ExpectMsgAsync<DeliveryOffer>(offer => offer.Id == Mail.Id(1), cancellationToken: Stop)).Recipients);
        await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        Assert.Single(MailLog.Reports);
        spool.Tell(new GetMessage(Mail.Id(1)), TestActor);
        var shown = (await ExpectMsgAsync<MessageShown>(cancellationToken: Stop)).Message!;
        Assert.Equal([(true, 1), (false, 0), (false, 1)], shown.Recipients.Select(recipient => (recipient.IsDone, recipient.Attempts)));
        Assert.Equal(Mail.Start.AddMinutes(5), shown.Recipients[2].NotBefore);
    }

    [Fact]
    public async Task What_another_node_is_delivering_is_waited_for()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1), Mail.Submitted(2));
        spool.Tell(new OutcomesClaimed(0, [Mail.Id(1), Mail.Id(2)]), _others.Ref);
        await SettleAsync(spool);
        Assert.False(Egress.HasMessages);

        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);

        Assert.Equal(Mail.Id(1), (await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop)).Id);
        await SettleAsync(spool);
        Assert.False(Egress.HasMessages);

        // The node that had it has died, perhaps.
        Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(Mail.Id(2), (await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task Mail_that_waits_for_another_time_is_not_kept_until_then()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1));
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        Settle(Egress, offer, Egress.LastSender, Deferred);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);

        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);

        await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task What_comes_while_there_is_work_on_the_message_is_recorded_once_that_has_ended()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1));
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        var worker = Egress.LastSender;
        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);
        await SettleAsync(spool);
        Assert.False(_dispatcher.HasMessages);

        worker.Tell(new OfferParked(offer.Id, offer.Target, Mail.Busy), Egress.Ref);

        Assert.Equal(Mail.Id(1), (await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop)).Id);
        await SettleAsync(spool);
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
    }

    [Fact]
    public async Task A_dispatcher_hears_of_the_end_of_a_message_that_another_delivery_ended()
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1));
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);
        var offer = await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        var worker = Egress.LastSender;
        spool.Tell(Left(offers[0], Delivered), _dispatcher.Ref);

        Settle(Egress, offer, worker, Delivered);

        Assert.Equal(Mail.Id(1), (await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop)).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_outcomes_for_one_recipient_the_one_that_ended_it_counts(bool deferredFirst)
    {
        var (spool, offers) = await MoveAsync(Mail.Submitted(1));
        spool.Tell(Left(offers[0], deferredFirst ? Deferred : Delivered), _dispatcher.Ref);
        spool.Tell(Left(offers[0], deferredFirst ? Delivered : Deferred), _dispatcher.Ref);
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);

        await _dispatcher.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);
        Assert.Equal(0, Services.LocalSpools.QueuedMessages);
        Assert.Equal(OutcomeKind.Delivered, Assert.Single(MailLog.Attempts).Kind);
    }

    [Fact]
    public async Task Mail_is_accepted_before_the_other_nodes_have_answered()
    {
        var (spool, _) = await MoveAsync(Mail.Submitted(1));

        spool.Tell(new EnqueueMessage(Mail.Submitted(2)), TestActor);

        Assert.Equal(Mail.Id(2), (await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop)).Id);
        Assert.False(Egress.HasMessages);
        spool.Tell(new OutcomesClaimed(0, []), _others.Ref);
        await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
        await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop);
    }

    private static LeftOutcome Left(DeliveryOffer offer, params RecipientOutcome[] outcomes)
        => new(offer.Recipients, new OfferSettled(offer.Id, offer.Target, [.. outcomes], DeliveryPath.None));

    // The spool has offered the messages on one node, and opens on another.
    private async Task<(IActorRef Spool, List<DeliveryOffer> Offers)> MoveAsync(params SubmittedMessage[] messages)
    {
        var spool = StartSpool();
        var offers = new List<DeliveryOffer>();
        foreach (var message in messages)
        {
            spool.Tell(new EnqueueMessage(message), ActorRefs.NoSender);
            foreach (var _ in message.Recipients.GroupBy(recipient => recipient.Split('@')[1]))
            {
                offers.Add(await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop));
            }
        }

        await EndAsync(spool);
        Services = Services with { Claims = _others.Ref, NodeName = "node-b" };
        spool = StartSpool("next");
        Assert.Equal(new ClaimOutcomes(0, spool), await _others.ExpectMsgAsync<ClaimOutcomes>(cancellationToken: Stop));
        return (spool, offers);
    }
}
