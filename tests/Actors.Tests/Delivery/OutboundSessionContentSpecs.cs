using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>Content that a server may not take as it is: in 8 bits, or binary.</summary>
public sealed class OutboundSessionContentSpecs : OutboundSessionScenario
{
    private static readonly SmtpRequests s_binary = new(new MailOptions { Body = MailBodyType.BinaryMime, Priority = 1 }, []);
    private readonly FakeConverter _converter = new();

    [Fact]
    public async Task Binary_content_goes_untouched_in_one_chunk()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, "PIPELINING", "CHUNKING", "BINARYMIME");
        var content = Encoding.Latin1.GetBytes(".\n\0\r.\r\n.\r\nno line end");
        var delivery = DeliverAsync(session, new ChunkedBody([content[..7], content[7..]]), s_binary);
        Assert.Equal("MAIL FROM:<s@example.org> BODY=BINARYMIME\r\nRCPT TO:<a@x>\r\n", await peer.HearBurstAsync());

        await peer.SayAsync("250 ok", "250 ok");

        Assert.Equal($"BDAT {content.Length} LAST\r\n" + Encoding.Latin1.GetString(content), Encoding.Latin1.GetString(await peer.HearOctetsAsync(14 + content.Length)));
        await peer.SayAsync("250 2.0.0 taken");
        AssertOutcomes(await delivery, "Delivered None 250 2.0.0 taken");
    }

    [Fact]
    public async Task A_body_that_ends_early_leaves_the_chunk_unfinished_and_cuts_the_connection()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, "PIPELINING", "CHUNKING", "BINARYMIME");
        var delivery = DeliverAsync(session, new ChunkedBody([[1, 2]], length: 5), s_binary);
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok");

        var report = await delivery;

        Assert.False(report.FinalDotSent);
        AssertOutcomes(report, "Deferred Message 451 4.3.0 the message body ended after 2 of 5 octets");
    }

    [Theory]
    [InlineData(true, "EightBit\r\n.\r\n", "PIPELINING", "8BITMIME", "MT-PRIORITY")]
    [InlineData(true, "EightBit\r\n.\r\n", "PIPELINING", "8BITMIME", "CHUNKING", "MT-PRIORITY")]
    [InlineData(true, "SevenBit\r\n.\r\n", "PIPELINING", "CHUNKING", "MT-PRIORITY")]
    [InlineData(false, "SevenBit\r\n.\r\n", "PIPELINING", "MT-PRIORITY")]
    public async Task What_is_not_taken_is_converted_and_the_rest_that_was_asked_for_stays(bool isBinary, string expected, params string[] extensions)
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, extensions);
        var requests = isBinary ? s_binary : new SmtpRequests(new MailOptions { Priority = 1 }, []);
        var delivery = DeliverAsync(session, new ChunkedBody([[0x80]]), requests);
        var body = expected.StartsWith("Eight", StringComparison.Ordinal) ? " BODY=8BITMIME" : "";
        Assert.Equal($"MAIL FROM:<s@example.org>{body} MT-PRIORITY=1\r\nRCPT TO:<a@x>\r\nDATA\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        Assert.Equal(expected, Encoding.Latin1.GetString(await peer.HearMessageAsync()));
        await peer.SayAsync("250 2.0.0 taken");
        AssertOutcomes(await delivery, "Delivered None 250 2.0.0 taken");
    }

    [Theory]
    [InlineData(true, "Bounced Message 554 5.6.1 ")]
    [InlineData(false, "Bounced Message 554 5.6.3 ")]
    public async Task What_can_be_neither_taken_nor_converted_bounces_and_the_session_goes_on(bool isBinary, string outcome)
    {
        _converter.CannotConvert = true;
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, "PIPELINING");

        var report = await DeliverAsync(session, new ChunkedBody([[0x80]]), isBinary ? s_binary : null);

        Assert.StartsWith(outcome, $"{report.Outcomes[0].Kind} {report.Outcomes[0].Scope} {report.Outcomes[0].Reply}", StringComparison.Ordinal);
        Assert.True(report is { Reusable: true, FinalDotSent: false, StaleConnection: false });
    }

    [Fact]
    public async Task A_store_that_fails_the_converter_defers_and_a_lost_body_bounces()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, "PIPELINING");
        _converter.Failure = new IOException("disk");
        AssertOutcomes(await DeliverAsync(session, new ChunkedBody([[0x80]]), null), "Deferred Message 451 4.3.0 the message body cannot be read at present");

        _converter.Failure = new BodyUnavailableException("gone");
        AssertOutcomes(await DeliverAsync(session, new ChunkedBody([[0x80]]), null), "Bounced Message 554 5.3.0 the message body was lost or is damaged");
    }

    [Fact]
    public async Task A_session_that_has_taken_all_that_the_server_takes_says_so()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenAsync(peer, "PIPELINING", "8BITMIME", "LIMITS MAILMAX=2");

        foreach (var isUsedUp in (bool[])[false, true])
        {
            var delivery = DeliverAsync(session, new ChunkedBody([[0x80]]), null);
            await peer.HearBurstAsync();
            await peer.SayAsync("250 ok", "250 ok", "354 go");
            await peer.HearMessageAsync();
            await peer.SayAsync("250 taken");
            Assert.Equal(isUsedUp, (await delivery).IsUsedUp);
        }
    }

    private async Task<OutboundSession> OpenAsync(ScriptedPeer peer, params string[] extensions)
    {
        var options = new OutboundSessionOptions("me.example", "mx.example", Lmtp: false, StartTls: false, Timeouts, Time) { Converter = _converter };
        var opening = OutboundSession.OpenAsync(peer.Transport, options, Stop);
        await peer.GreetAsync(["mx", .. extensions]);
        return (await opening.WaitAsync(Patience, Stop)).Session!;
    }

    private static Task<DeliveryReport> DeliverAsync(OutboundSession session, BodyReader body, SmtpRequests? requests) => session
        .DeliverAsync(new OutboundMessage("s@example.org", ["a@x"], body.Length, EightBit: true) { Requests = requests }, body, Stop)
        .WaitAsync(Patience, Stop);
}
