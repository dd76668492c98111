using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>What a sender asked for is kept by the spool, and acted on at its time.</summary>
public sealed class SpoolOptionsSpecs : SpoolScenario
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_is_held_is_not_tried_before_its_release_also_after_a_restart()
    {
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, new MailOptions { HoldUntil = Mail.Start.AddHours(1) });
        await SettleAsync(spool);
        Assert.False(Egress.HasMessages);
        await EndAsync(spool);

        spool = StartSpool();
        await SettleOpenAsync(spool);
        Time.Advance(TimeSpan.FromHours(1) - s_second);
        await EnqueueAsync(spool, 2, MailOptions.None);
        Assert.Equal(Mail.Id(2), (await OfferAsync()).Id);
        Assert.False(Egress.HasMessages);

        Time.Advance(2 * s_second);
        Assert.Equal(Mail.Id(1), (await OfferAsync()).Id);
    }

    [Fact]
    public async Task A_flush_releases_nothing_that_is_held()
    {
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, new MailOptions { HoldUntil = Mail.Start.AddHours(1) });

        Assert.Equal(0, (await AskAsync<MessagesFlushed>(spool, new FlushMessages(0, new QueueFilter()))).Messages);

        Assert.False(Egress.HasMessages);
    }

    [Fact]
    public async Task An_administrator_is_told_what_was_asked_for()
    {
        var options = new MailOptions { HoldUntil = Mail.Start.AddHours(1), EnvelopeId = "QQ1", Priority = 4 };
        var each = new RecipientOptions { Notify = DsnNotify.Never };
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, options, each);

        var message = (await AskAsync<MessageShown>(spool, new GetMessage(Mail.Id(1)))).Message!;

        Assert.Equal((QueueStatus.Waiting, options), (message.Status, message.Options));
        Assert.Equal((Mail.Start.AddHours(1), each), (message.Recipients[0].NotBefore, message.Recipients[0].Options));
    }

    [Fact]
    public async Task What_every_client_says_is_not_worth_keeping()
    {
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, new MailOptions { Body = MailBodyType.EightBitMime }, RecipientOptions.None);

        var offer = await OfferAsync();

        Assert.Same(MailOptions.None, offer.Options);
        Assert.Empty(offer.RecipientOptions);
    }

    [Theory]
    [InlineData(DeliverByMode.Return)]
    [InlineData(DeliverByMode.Notify)]
    public async Task The_time_of_by_comes_between_two_attempts(DeliverByMode mode)
    {
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, new MailOptions { DeliverBy = new DeliverBy(Mail.Start.AddMinutes(2), mode, Trace: false) });
        var offer = await OfferAsync();
        Settle(Egress, offer, Egress.LastSender, Deferred);
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        await SettleAsync(spool);

        Time.Advance(TimeSpan.FromMinutes(2) + s_second);

        var report = await OfferAsync();
        Assert.Equal(("", "s@example.net"), (report.ReversePath, Assert.Single(report.Recipients)));
        var ledger = await AskAsync<SpoolLedger>(spool, new GetLedger(0));
        Assert.Equal((mode == DeliverByMode.Return ? 1 : 0, 0L), (ledger.Bounced, ledger.Difference));
    }

    [Fact]
    public async Task A_delivery_and_the_report_of_it_are_one_event_and_the_ledger_balances()
    {
        var spool = StartSpool();
        await EnqueueAsync(spool, 1, MailOptions.None, new RecipientOptions { Notify = DsnNotify.Success });
        var offer = await OfferAsync();
        await SettleAsync(spool);
        Gate.Close();

        Settle(Egress, offer, Egress.LastSender, Delivered);
        var write = await Gate.HeldAsync(Stop);

        var e = Assert.IsType<SpoolEvent>(Assert.Single(write.Events));
        Assert.Equal("", Assert.IsType<SpoolTransition.Accepted>(e.Transitions[0]).ReversePath);
        Assert.Equal(Mail.Id(1), Assert.IsType<SpoolTransition.Attempted>(e.Transitions[1]).Id);
        Gate.Open();
        write.LetThrough();
        await Egress.ExpectMsgAsync<OutcomeRecorded>(cancellationToken: Stop);
        var ledger = await AskAsync<SpoolLedger>(spool, new GetLedger(0));
        Assert.Equal((2L, 1L, 1L, 0L), (ledger.Accepted, ledger.Delivered, ledger.Queued, ledger.Difference));
    }

    private async Task EnqueueAsync(IActorRef spool, int n, MailOptions options, params RecipientOptions[] recipients)
    {
        spool.Tell(new EnqueueMessage(Submitted(n, options, recipients)), TestActor);
        await ExpectMsgAsync<MessageEnqueued>(cancellationToken: Stop);
    }

    // Reports go where offers can be seen, too.
    private SubmittedMessage Submitted(int n, MailOptions options, RecipientOptions[] recipients) => Mail.Submitted(n) with
    {
        ReversePath = "s@example.net",
        Options = options,
        RecipientOptions = [.. recipients],
        ReceivedAt = Time.GetUtcNow(),
    };

    private Task<DeliveryOffer> OfferAsync() => Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop).AsTask();

    private static Task<TAnswer> AskAsync<TAnswer>(IActorRef spool, object query) => spool.Ask<TAnswer>(query, TimeSpan.FromSeconds(30), Stop);
}
