using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>What a sender asked for, from the queue to the reports.</summary>
public sealed class MessageActorOptionsSpecs : SpoolScenario
{
    private readonly TestProbe _spool;

    public MessageActorOptionsSpecs()
        : base(serializesMessages: true)
    {
        _spool = CreateTestProbe("parent");
    }

    [Fact]
    public async Task An_offer_carries_what_was_asked_for_its_recipients()
    {
        var options = new MailOptions { EnvelopeId = "id" };
        Start(options, Notify(DsnNotify.Never), Notify(DsnNotify.Success), Notify(DsnNotify.Delay));

        var offers = new[] { await OfferAsync(), await OfferAsync() }.OrderByDescending(offer => offer.Recipients.Length).ToArray();

        Assert.All(offers, offer => Assert.Equal(options, offer.Options));
        Assert.Equal([DsnNotify.Never, DsnNotify.Delay], offers[0].RecipientOptions.Select(each => each.Notify));
        Assert.Equal([DsnNotify.Success], offers[1].RecipientOptions.Select(each => each.Notify));
    }

    [Fact]
    public async Task A_relay_that_the_next_hop_will_not_report_is_reported_with_its_outcome()
    {
        var worker = Start(new MailOptions { EnvelopeId = "QQ1" }, new RecipientOptions { Notify = DsnNotify.Success, OriginalRecipient = "rfc822;o+2Bx@example.net" });
        Settle(Egress, await OfferAsync(), worker, Delivered);

        var record = await RecordAsync();

        Assert.Equal(OutcomeKind.Delivered, Assert.Single(record.Recipients).Kind);
        Assert.Equal("s@example.org", Assert.Single(Assert.Single(record.Reports).Recipients));
        Assert.Equal([(Mail.Id(1), DsnKind.Relayed)], MailLog.Reports);
        var text = Encoding.UTF8.GetString(Assert.Single(Store.Written));
        Assert.Contains("Action: relayed", text, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: QQ1", text, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822; o+x@example.net", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_next_hop_with_dsn_reports_by_itself()
    {
        var worker = Start(MailOptions.None, Notify(DsnNotify.Success));
        var offer = await OfferAsync();
        worker.Tell(new OfferSettled(offer.Id, offer.Target, [Delivered], DeliveryPath.None) { HandedOn = HandedOn.Notifications }, Egress.Ref);

        Assert.Empty((await RecordAsync()).Reports);
    }

    [Fact]
    public async Task Success_and_failure_in_one_transaction_are_two_reports_of_one_event()
    {
        var worker = Start(MailOptions.None, Notify(DsnNotify.Success), Notify(DsnNotify.Never), Notify(DsnNotify.Success | DsnNotify.Failure));
        var offers = new[] { await OfferAsync(), await OfferAsync() }.OrderByDescending(offer => offer.Recipients.Length).ToArray();

        Settle(Egress, offers[0], worker, Delivered, Bounced);

        var record = await RecordAsync();
        Assert.Equal(2, record.Reports.Length);
        Assert.Equal([(Mail.Id(1), DsnKind.Failed), (Mail.Id(1), DsnKind.Relayed)], MailLog.Reports);
    }

    [Theory]
    [InlineData(DsnNotify.Never)]
    [InlineData(DsnNotify.Success)]
    [InlineData(DsnNotify.Delay)]
    public async Task A_failure_that_is_not_wanted_is_not_reported(DsnNotify notify)
    {
        var worker = Start(MailOptions.None, Notify(notify));
        Settle(Egress, await OfferAsync(), worker, Bounced);

        var record = await RecordAsync();

        Assert.Empty(record.Reports);
        Assert.Equal(OutcomeKind.Bounced, Assert.Single(record.Recipients).Kind);
        Assert.Equal([(Mail.Id(1), SuppressionReason.NotWanted)], MailLog.Suppressed);
    }

    [Fact]
    public async Task Only_those_who_want_it_are_warned_of_a_delay()
    {
        Time.Advance(TimeSpan.FromHours(4));
        var worker = Start(MailOptions.None, Notify(DsnNotify.Failure));
        Settle(Egress, await OfferAsync(), worker, Deferred);

        Assert.False((await RecordAsync()).DelayWarned);
        var warning = await RecordAsync();
        Assert.True(warning.DelayWarned);
        Assert.Empty(warning.Reports);
    }

    [Theory]
    [InlineData(DsnReturn.Full, 1024, true)]
    [InlineData(DsnReturn.Full, 10, false)]
    [InlineData(DsnReturn.Headers, 1024, false)]
    [InlineData(DsnReturn.Unspecified, 1024, false)]
    public async Task The_whole_message_comes_back_where_it_is_asked_for_and_small_enough(DsnReturn ret, int maximum, bool isWhole)
    {
        Services = Services with { Reports = new ReportWriter(Store, "mx.example.org", MailLog, Time) { MaximumReturned = maximum } };
        Store.Body = "Subject: x\r\n\r\nthe body\r\n"u8.ToArray();
        var worker = Start(new MailOptions { Return = ret }, RecipientOptions.None);
        Settle(Egress, await OfferAsync(), worker, Bounced);

        await RecordAsync();

        var text = Encoding.UTF8.GetString(Assert.Single(Store.Written));
        Assert.Equal(isWhole, text.Contains("\r\n\r\nthe body\r\n", StringComparison.Ordinal));
        Assert.Contains(isWhole ? "message/rfc822" : "text/rfc822-headers", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_on_what_required_tls_requires_it_too_and_returns_no_content()
    {
        Store.Body = "Subject: x\r\n\r\nthe body\r\n"u8.ToArray();
        var worker = Start(new MailOptions { RequireTls = true, Return = DsnReturn.Full, Priority = 3 }, RecipientOptions.None);
        Settle(Egress, await OfferAsync(), worker, Bounced);

        var report = Assert.Single((await RecordAsync()).Reports);

        Assert.Equal((true, 3), (report.Options.RequireTls, report.Options.Priority));
        Assert.DoesNotContain("the body", Encoding.UTF8.GetString(Assert.Single(Store.Written)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s\u00f6@example.org", true, "Final-Recipient: utf-8; j\u00f6rg@example.net")]
    [InlineData("s@example.org", false, "Final-Recipient: utf-8; j\\x{F6}rg@example.net")]
    public async Task A_report_is_in_utf8_to_whom_it_can_only_be_so_and_in_ascii_to_others(string reversePath, bool isInternational, string field)
    {
        var accepted = Mail.Accepted(1, "j\u00f6rg@example.net") with { ReversePath = reversePath, Options = new MailOptions { SmtpUtf8 = true } };
        var worker = Start(new QueuedMessage(accepted));
        Settle(Egress, await OfferAsync(), worker, Bounced);

        var report = Assert.Single((await RecordAsync()).Reports);

        Assert.Equal((isInternational, isInternational), (report.Options.SmtpUtf8, report.EightBit));
        Assert.Contains(field, Encoding.UTF8.GetString(Assert.Single(Store.Written)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_time_of_mode_r_every_recipient_bounces_without_an_attempt()
    {
        var message = new QueuedMessage(Mail.Accepted(1, "a@example.net", "b@example.net") with { Options = By(DeliverByMode.Return) });
        message.Apply(Mail.Deferred(1, Mail.Start.AddHours(9)));
        Time.Advance(TimeSpan.FromHours(1));

        Start(message);

        var record = await RecordAsync();
        Assert.All(record.Recipients, recipient => Assert.Equal(new EnhancedStatusCode(5, 4, 7), recipient.Reply.Enhanced));
        Assert.Equal([OutcomeKind.Bounced, OutcomeKind.Bounced], record.Recipients.Select(recipient => recipient.Kind));
        Assert.Contains("mailbox busy", record.Recipients[1].Reply.Text, StringComparison.Ordinal);
        Assert.Single(record.Reports);
        _spool.Reply(AttemptRecorded.Instance);
        await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop);
        Assert.False(Egress.HasMessages);
    }

    [Fact]
    public async Task At_the_time_of_mode_n_the_sender_is_told_once_and_it_goes_on()
    {
        var message = new QueuedMessage(Mail.Accepted(1, "a@example.net") with { Options = By(DeliverByMode.Notify) });
        message.Apply(Mail.Deferred(0, Mail.Start.AddHours(9)));
        Time.Advance(TimeSpan.FromHours(1));

        Start(message);

        var record = await RecordAsync();
        Assert.True(record.DelayWarned);
        Assert.Empty(record.Recipients);
        Assert.Single(record.Reports);
        Assert.Contains("Action: delayed", Encoding.UTF8.GetString(Assert.Single(Store.Written)), StringComparison.Ordinal);
        _spool.Reply(AttemptRecorded.Instance);
        await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop);

        message.DelayWarned = true;
        Start(message);
        await _spool.ExpectMsgAsync<MessageIdle>(cancellationToken: Stop);
        Assert.Equal([(Mail.Id(1), DsnKind.Delayed)], MailLog.Reports);
    }

    [Fact]
    public async Task In_mode_r_the_last_attempt_is_not_after_the_time()
    {
        var worker = Start(By(DeliverByMode.Return), RecipientOptions.None);
        Time.Advance(TimeSpan.FromMinutes(58));
        Settle(Egress, await OfferAsync(), worker, Deferred);

        Assert.Equal(Mail.Start.AddHours(1), Assert.Single((await RecordAsync()).Recipients).NotBefore);
    }

    private static MailOptions By(DeliverByMode mode) => new() { DeliverBy = new DeliverBy(Mail.Start.AddHours(1), mode, Trace: false) };

    private static RecipientOptions Notify(DsnNotify notify) => new() { Notify = notify };

    private IActorRef Start(MailOptions options, params RecipientOptions[] recipients)
    {
        string[] addresses = ["a@example.net", "b@example.com", "c@example.net"];
        return Start(new QueuedMessage(Mail.Accepted(1, addresses[..recipients.Length]) with
        {
            Options = options,
            RecipientOptions = ImmutableArray.Create(recipients),
            Body = Mail.Accepted(1).Body with { Length = Store.Body.Length },
        }));
    }

    private IActorRef Start(QueuedMessage message) => _spool.ChildActorOf(MessageActor.Props(MessageInHand.Of(message), Services), Stop);

    private Task<RecordAttempt> RecordAsync() => _spool.ExpectMsgAsync<RecordAttempt>(cancellationToken: Stop).AsTask();

    private Task<DeliveryOffer> OfferAsync() => Egress.ExpectMsgAsync<DeliveryOffer>(cancellationToken: Stop).AsTask();
}
