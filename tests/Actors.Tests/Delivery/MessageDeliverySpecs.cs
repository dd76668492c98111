using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Tests.Destination;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>Offers over one session, with what their senders asked for.</summary>
public sealed class MessageDeliverySpecs : OutboundSessionScenario
{
    private readonly FakeStore _store = new();
    private readonly ScriptedPeer _peer = new();

    [Fact]
    public async Task What_is_left_of_the_time_is_said_in_seconds()
    {
        Time.SetUtcNow(Mail.Start);
        var delivery = await OpenAsync("PIPELINING", "DELIVERBY");
        var options = new MailOptions { DeliverBy = new DeliverBy(Mail.Start.AddSeconds(90.7), DeliverByMode.Notify, Trace: true) };

        var running = delivery.DeliverAsync(Offers.Offer(1) with { Options = options }, Stop).AsTask();

        await _peer.HearAsync("MAIL FROM:<s@example.org> BY=90;NT");
        await _peer.HearAsync("RCPT TO:<r@example.net>");
        await _peer.HearAsync("DATA");
        await TakeAsync();
        Assert.Equal(HandedOn.DeliverBy, (await running).HandedOn);
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\n\u00e9\r\n", false)]
    [InlineData("Subject: \u00e9\r\n\r\nx\r\n", true)]
    [InlineData("\r\n\u00e9\r\n", false)]
    [InlineData("Subject: x\r\nX: \r\r\n\u00e9\r\n\r\n", true)]
    [InlineData("\u00e9", true)]
    public async Task Smtputf8_is_used_where_the_header_section_is_not_in_ascii(string content, bool isUsed)
    {
        _store.Body = Encoding.UTF8.GetBytes(content);
        var delivery = await OpenAsync("PIPELINING", "8BITMIME", "SMTPUTF8");

        _ = delivery.DeliverAsync(Offers.Offer(1) with { EightBit = true, Options = new MailOptions { SmtpUtf8 = true } }, Stop).AsTask();

        await _peer.HearAsync("MAIL FROM:<s@example.org> BODY=8BITMIME" + (isUsed ? " SMTPUTF8" : ""));
    }

    [Fact]
    public async Task More_recipients_than_a_transaction_takes_go_in_several_each_with_its_own_options()
    {
        _store.Body = new byte[12];
        var delivery = await OpenAsync("PIPELINING", "DSN", "LIMITS RCPTMAX=2");
        var running = delivery.DeliverAsync(Three(), Stop).AsTask();

        Assert.Equal(
            "MAIL FROM:<s@example.org>\r\nRCPT TO:<a@x> NOTIFY=NEVER\r\nRCPT TO:<b@x> NOTIFY=SUCCESS\r\nDATA\r\n", await _peer.HearBurstAsync());
        await _peer.SayAsync("250 ok", "550 no", "250 ok", "354 go");
        await _peer.HearMessageAsync();
        await _peer.SayAsync("250 first");
        Assert.Equal("MAIL FROM:<s@example.org>\r\nRCPT TO:<c@x> NOTIFY=FAILURE\r\nDATA\r\n", await _peer.HearBurstAsync());
        await TakeAsync();

        var result = await running;
        Assert.Equal([OutcomeKind.Bounced, OutcomeKind.Delivered, OutcomeKind.Delivered], result.Outcomes.Select(outcome => outcome.Kind));
        Assert.True(result is { Reusable: true, IsUsedUp: false, IsStale: false, HandedOn: HandedOn.Notifications });
    }

    [Fact]
    public async Task What_no_longer_fits_into_a_session_waits_for_another()
    {
        _store.Body = new byte[12];
        var delivery = await OpenAsync("PIPELINING", "LIMITS RCPTMAX=2 MAILMAX=1");
        var running = delivery.DeliverAsync(Three(), Stop).AsTask();
        await _peer.HearBurstAsync();
        await _peer.SayAsync("250 ok", "250 ok", "250 ok", "354 go");
        await _peer.HearMessageAsync();
        await _peer.SayAsync("250 taken");

        var result = await running;

        Assert.Equal([OutcomeKind.Delivered, OutcomeKind.Delivered, OutcomeKind.Deferred], result.Outcomes.Select(outcome => outcome.Kind));
        Assert.Equal(new EnhancedStatusCode(4, 5, 3), result.Outcomes[2].Reply.Enhanced);
        Assert.True(result is { Reusable: true, IsUsedUp: true, IsStale: false });
    }

    [Fact]
    public async Task Mail_for_other_domains_than_the_session_takes_goes_back_without_an_attempt()
    {
        _store.Body = new byte[12];
        var delivery = await OpenAsync("PIPELINING", "LIMITS RCPTDOMAINMAX=1");
        var first = delivery.DeliverAsync(Offers.Offer(1, null, "a@x"), Stop).AsTask();
        await _peer.HearBurstAsync();
        await TakeAsync();
        Assert.Equal(OutcomeKind.Delivered, Assert.Single((await first).Outcomes).Kind);

        var result = await delivery.DeliverAsync(Offers.Offer(2, null, "b@y"), Stop);

        Assert.True(result is { IsStale: true, IsUsedUp: true, Reusable: true });
        Assert.Equal(OutcomeKind.Deferred, Assert.Single(result.Outcomes).Kind);
    }

    [Fact]
    public async Task A_session_that_is_lost_between_two_transactions_leaves_the_first_ones_outcomes()
    {
        _store.Body = new byte[12];
        var delivery = await OpenAsync("PIPELINING", "LIMITS RCPTMAX=2");
        var running = delivery.DeliverAsync(Three(), Stop).AsTask();
        await _peer.HearBurstAsync();
        await _peer.SayAsync("250 ok", "250 ok", "250 ok", "354 go");
        await _peer.HearMessageAsync();
        await _peer.SayAsync("250 taken");
        await _peer.HearBurstAsync();
        _peer.HangUp();

        var result = await running;

        Assert.Equal([OutcomeKind.Delivered, OutcomeKind.Delivered, OutcomeKind.Deferred], result.Outcomes.Select(outcome => outcome.Kind));
        Assert.True(result is { Reusable: false, IsStale: false });
    }

    [Fact]
    public async Task A_body_that_is_not_there_bounces_and_a_store_that_fails_defers()
    {
        var delivery = await OpenAsync("PIPELINING");
        _store.OpenFailure = new BodyUnavailableException("gone");
        Assert.Equal("554 5.3.0 gone", Assert.Single((await delivery.DeliverAsync(Offers.Offer(1), Stop)).Outcomes).Reply.ToString());

        _store.OpenFailure = new IOException("disk");
        var result = await delivery.DeliverAsync(Offers.Offer(1), Stop);
        Assert.Equal("451 4.3.0 disk", Assert.Single(result.Outcomes).Reply.ToString());
        Assert.True(result.Reusable);
    }

    private static DeliveryOffer Three() => Offers.Offer(1, null, "a@x", "b@x", "c@x") with
    {
        RecipientOptions = [.. new[] { DsnNotify.Never, DsnNotify.Success, DsnNotify.Failure }.Select(notify => new RecipientOptions { Notify = notify })],
    };

    private async Task TakeAsync()
    {
        await _peer.SayAsync("250 ok", "250 ok", "354 go");
        await _peer.HearMessageAsync();
        await _peer.SayAsync("250 taken");
    }

    private async Task<MessageDelivery> OpenAsync(params string[] extensions)
        => new(await OpenedAsync(_peer, ["mx", .. extensions]), _store, Time);
}
