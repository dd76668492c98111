using System.Text;
using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class MessageActorSpecs : SpoolScenario
{
    private readonly TestProbe _spool;

    public MessageActorSpecs()
        : base(serializesMessages: true)
    {
        _spool = CreateTestProbe("parent");
    }

    [Fact]
    public async Task Recipients_go_by_destination_and_each_destination_is_recorded_by_itself()
    {
        var worker = Start(Mail.Queued(1, "a@example.net", "b@example.com", "c@example.net"));
        var offers = (await OffersAsync(2)).OrderByDescending(offer => offer.Recipients.Length).ToArray();
        Assert.Equal(["a@example.net", "c@example.net"], offers[0].Recipients);
        Assert.Equal(["b@example.com"], offers[1].Recipients);

        Settle(Egress, offers[0], worker, Delivered, Deferred);
        var record = await RecordAsync();
        Assert.Equal([(0, OutcomeKind.Delivered), (2, OutcomeKind.Deferred)], record.Recipients.Select(r => (r.Index, r.Kind)));
        Assert.Equal(Egress.Ref, record.Dispatcher);
        _spool.Reply(AttemptRecorded.Instance);

        Settle(Egress, offers[1], worker, Delivered);
        record = await RecordAsync();
        Assert.Equal([(1, OutcomeKind.Delivered)], record.Recipients.Select(r => (r.Index, r.Kind)));
        Assert.False(_spool.HasMessages);
        _spool.Reply(AttemptRecorded.Instance);

        Assert.Empty((await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop)).ParkedAt);
        Assert.Equal(["a@example.net", "c@example.net", "b@example.com"], MailLog.Attempts.Select(attempt => attempt.Recipient));
    }

    [Fact]
    public async Task A_bounce_is_recorded_together_with_its_DSN()
    {
        var worker = Start(Mail.Queued(1));
        Settle(Egress, (await OffersAsync(1))[0], worker, Bounced);

        var record = await RecordAsync();

        var report = Assert.Single(record.Reports);
        Assert.Equal(("", "s@example.org"), (report.ReversePath, Assert.Single(report.Recipients)));
        var text = Encoding.UTF8.GetString(Assert.Single(Store.Written));
        Assert.Contains("r@example.net", text, StringComparison.Ordinal);
        Assert.Contains("550 5.1.1 no such user", text, StringComparison.Ordinal);
        Assert.Contains("Subject: x", text, StringComparison.Ordinal);
        Assert.Equal([(Mail.Id(1), DsnKind.Failed)], MailLog.Reports);
    }

    [Fact]
    public async Task The_null_reverse_path_gets_no_DSN()
    {
        var worker = Start(new QueuedMessage(Mail.Accepted(1) with { ReversePath = "" }));
        Settle(Egress, (await OffersAsync(1))[0], worker, Bounced);

        var record = await RecordAsync();

        Assert.Empty(record.Reports);
        Assert.Equal(OutcomeKind.Bounced, Assert.Single(record.Recipients).Kind);
        Assert.Empty(Store.Written);
        Assert.Equal([(Mail.Id(1), SuppressionReason.NullReversePath)], MailLog.Suppressed);
    }

    [Fact]
    public async Task Without_its_DSN_a_bounced_recipient_stays_and_a_delivered_one_does_not()
    {
        Store.FailsToWrite = true;
        var worker = Start(Mail.Queued(1, "a@example.net", "b@example.net"));
        Settle(Egress, (await OffersAsync(1))[0], worker, Delivered, Bounced);

        var record = await RecordAsync();

        Assert.Empty(record.Reports);
        Assert.Equal([OutcomeKind.Delivered, OutcomeKind.Deferred], record.Recipients.Select(r => r.Kind));
        Assert.Equal(Mail.Start.AddMinutes(5), record.Recipients[1].NotBefore);
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_bounces_and_one_that_is_not_known_is_deferred()
    {
        Dns.Mx["slow.example"] = Task.FromResult<MxResult>(new MxResult.Unknown("SERVFAIL"));
        Start(Mail.Queued(1, "a@nowhere.example", "b@slow.example"));

        var records = new[] { await RecordAsync(), await RecordAsync() }.OrderBy(record => record.Recipients[0].Index).ToArray();

        Assert.Equal((OutcomeKind.Bounced, new EnhancedStatusCode(5, 1, 2)), (records[0].Recipients[0].Kind, records[0].Recipients[0].Reply.Enhanced));
        Assert.Single(records[0].Reports);
        Assert.Equal((OutcomeKind.Deferred, new EnhancedStatusCode(4, 4, 3)), (records[1].Recipients[0].Kind, records[1].Recipients[0].Reply.Enhanced));
        Assert.All(records, record => Assert.Null(record.Dispatcher));
        Assert.False(Egress.HasMessages);
    }

    [Fact]
    public async Task A_route_that_comes_late_to_a_destination_that_has_the_message_already_waits_its_turn()
    {
        var answer = new TaskCompletionSource<MxResult>();
        Dns.Mx["late.example"] = answer.Task;
        Dns.Mx["early.example"] = Task.FromResult<MxResult>(new MxResult.Found([new MxHost("mx.example", 10)], false));
        var worker = Start(Mail.Queued(1, "a@early.example", "b@late.example"));
        var offer = (await OffersAsync(1))[0];
        Assert.Equal(["a@early.example"], offer.Recipients);
        Settle(Egress, offer, worker, Delivered);
        await RecordAsync();
        _spool.Reply(AttemptRecorded.Instance);

        answer.SetResult(new MxResult.Found([new MxHost("mx.example", 10)], false));

        Assert.Equal(offer.Target.Key, Assert.Single((await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop)).ParkedAt).Key);
        Assert.False(Egress.HasMessages);
    }

    [Fact]
    public async Task A_repeated_answer_counts_once()
    {
        var worker = Start(Mail.Queued(1));
        var offer = (await OffersAsync(1))[0];

        Settle(Egress, offer, worker, Delivered);
        Settle(Egress, offer, worker, Bounced);

        Assert.Equal(OutcomeKind.Delivered, (await RecordAsync()).Recipients[0].Kind);
        _spool.Reply(AttemptRecorded.Instance);
        await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop);
    }

    [Fact]
    public async Task A_message_that_is_parked_makes_no_attempt()
    {
        var worker = Start(Mail.Queued(1));
        var offer = (await OffersAsync(1))[0];

        worker.Tell(new OfferParked(offer.Id, offer.Target, Mail.Busy), Egress.Ref);

        Assert.Equal(offer.Target.Key, Assert.Single((await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop)).ParkedAt).Key);
        Assert.Empty(MailLog.Attempts);
    }

    [Fact]
    public async Task A_message_that_expires_while_parked_is_bounced_with_what_was_in_the_way()
    {
        Time.Advance(Mail.Schedule.Lifetime);
        var worker = Start(Mail.Queued(1));
        var offer = (await OffersAsync(1))[0];

        worker.Tell(new OfferParked(offer.Id, offer.Target, Mail.Busy), Egress.Ref);

        var record = await RecordAsync();
        Assert.Equal((OutcomeKind.Bounced, new EnhancedStatusCode(4, 4, 7)), (record.Recipients[0].Kind, record.Recipients[0].Reply.Enhanced));
        Assert.Contains("mailbox busy", record.Recipients[0].Reply.Text, StringComparison.Ordinal);
        Assert.Single(record.Reports);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_sender_of_a_late_message_is_warned_once(bool parked)
    {
        Time.Advance(TimeSpan.FromHours(4));
        var worker = Start(Mail.Queued(1, "a@example.net", "b@example.com"));
        var offers = await OffersAsync(2);
        foreach (var offer in offers)
        {
            worker.Tell(
                parked ? new OfferParked(offer.Id, offer.Target, Mail.Busy) : new OfferSettled(offer.Id, offer.Target, [Deferred], DeliveryPath.None),
                Egress.Ref);
        }

        var records = new List<RecordAttempt>();
        for (var i = 0; i < (parked ? 1 : 3); i++)
        {
            records.Add(await RecordAsync());
            _spool.Reply(AttemptRecorded.Instance);
        }

        await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop);
        var warning = Assert.Single(records, record => record.DelayWarned);
        Assert.Single(warning.Reports);
        Assert.Equal([(Mail.Id(1), DsnKind.Delayed)], MailLog.Reports);
    }

    private IActorRef Start(QueuedMessage message)
        => _spool.ChildActorOf(MessageActor.Props(MessageInHand.Of(message), Services), Stop);

    private Task<RecordAttempt> RecordAsync() => _spool.ExpectMsgAsync<RecordAttempt>(cancellationToken: Stop).AsTask();

    private async Task<IReadOnlyList<DeliveryOffer>> OffersAsync(int count)
    {
        var offers = new List<DeliveryOffer>();
        while (offers.Count < count)
        {
            offers.Add(await Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop));
        }

        return offers;
    }
}
