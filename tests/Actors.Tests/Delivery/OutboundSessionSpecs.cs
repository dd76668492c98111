using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>Sessions in which the peer keeps to the protocol.</summary>
public sealed class OutboundSessionSpecs : OutboundSessionScenario
{
    [Theory]
    [InlineData(Serving.Whole)]
    [InlineData(Serving.ByLine)]
    [InlineData(Serving.ByOctet)]
    public async Task A_pipelined_session_delivers_one_message_after_another(Serving serving)
    {
        var peer = new ScriptedPeer(serving);
        await using var session = await OpenedAsync(peer, "mx.example", "PIPELINING", "SIZE 1000000", "8BITMIME");
        Assert.Equal("mx.example ready", session.PeerGreeting);
        Assert.Null(session.TlsDescription);

        var first = DeliverAsync(session, "Subject: one\r\n\r\n.dot\r\n", "a@x", "b@x", "c@x");
        Assert.Equal(
            "MAIL FROM:<s@example.org> SIZE=22\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 2.1.0 ok", "250 2.1.5 ok", "550-5.1.1 no", "550 5.1.1 such user", "451 4.7.1 greylisted", "354 go");
        Assert.Equal("Subject: one\r\n\r\n..dot\r\n.\r\n", Encoding.ASCII.GetString(await peer.HearMessageAsync()));
        await peer.SayAsync("250 2.0.0 queued as 1");
        var report = await first;
        AssertOutcomes(
            report,
            "Delivered None 250 2.0.0 queued as 1",
            "Bounced Recipient 550 5.1.1 no such user",
            "Deferred Recipient 451 4.7.1 greylisted");
        Assert.True(report is { Reusable: true, FinalDotSent: true, StaleConnection: false });

        var second = DeliverAsync(session, "", "d@x");
        Assert.Equal("MAIL FROM:<s@example.org> SIZE=0\r\nRCPT TO:<d@x>\r\nDATA\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        Assert.Equal(".\r\n"u8.ToArray(), await peer.HearMessageAsync());
        await peer.SayAsync("554 5.6.0 empty");
        report = await second;
        AssertOutcomes(report, "Bounced Message 554 5.6.0 empty");
        Assert.True(report.Reusable);

        var quitting = session.QuitAsync(Stop);
        await peer.HearAsync("QUIT");
        await peer.SayAsync("221 bye");
        Assert.False(quitting.IsCompleted);
        peer.HangUp();
        await quitting.WaitAsync(Patience, Stop);
        await session.DisposeAsync();
        Assert.True(peer.Transport.IsDisposed);
    }

    [Theory]
    [InlineData(Serving.Whole)]
    [InlineData(Serving.ByLine)]
    [InlineData(Serving.ByOctet)]
    public async Task A_session_without_extensions_goes_step_by_step(Serving serving)
    {
        var peer = new ScriptedPeer(serving);
        var opening = OpenAsync(peer);
        await peer.SayAsync("220-mx.example", "220 ready");
        await peer.HearAsync("EHLO me.example");
        await peer.SayAsync("502 what?");
        await peer.HearAsync("HELO me.example");
        await peer.SayAsync("250 mx.example");
        var (session, _) = await opening;
        await using var disposing = session;

        var delivery = DeliverAsync(session!, "one\r\n", "a@x", "b@x");
        Assert.Equal("MAIL FROM:<s@example.org>\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 ok");
        Assert.Equal("RCPT TO:<a@x>\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("550 no");
        Assert.Equal("RCPT TO:<b@x>\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 ok");
        Assert.Equal("DATA\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("354 go");
        Assert.Equal("one\r\n.\r\n", await peer.HearBurstAsync());
        await peer.SayAsync("250 queued");
        AssertOutcomes(await delivery, "Bounced Recipient 550 no", "Delivered None 250 queued");

        delivery = DeliverAsync(session!, "two\r\n", "a@x");
        await peer.HearAsync("MAIL FROM:<s@example.org>");
        await peer.SayAsync("250 ok");
        await peer.HearAsync("RCPT TO:<a@x>");
        await peer.SayAsync("450 busy");
        var report = await delivery;
        AssertOutcomes(report, "Deferred Recipient 450 busy");
        Assert.True(report is { Reusable: true, FinalDotSent: false });

        delivery = DeliverAsync(session!, "three\r\n", "a@x");
        await peer.HearAsync("RSET");
        await peer.SayAsync("250 ok");
        await peer.HearAsync("MAIL FROM:<s@example.org>");
        await peer.SayAsync("552 too big");
        AssertOutcomes(await delivery, "Bounced Message 552 too big");
    }

    [Fact]
    public async Task Lmtp_has_an_outcome_of_its_own_for_each_recipient()
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer, lmtp: true);
        await peer.SayAsync("220 ready");
        await peer.HearAsync("LHLO me.example");
        await peer.SayAsync("250-mx", "250 PIPELINING");
        var (session, _) = await opening;
        await using var disposing = session;
        var delivery = DeliverAsync(session!, "one\r\n", "a@x", "b@x", "c@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "550 no", "250 ok", "354 go");
        await peer.HearMessageAsync();
        await peer.SayAsync("250 a", "452 4.2.2 full");
        AssertOutcomes(await delivery, "Delivered None 250 a", "Bounced Recipient 550 no", "Deferred Recipient 452 4.2.2 full");
    }

    [Fact]
    public async Task A_large_body_arrives_whole_through_a_narrow_pipe()
    {
        var random = new Random(5);
        var content = new byte[3_000_000];
        for (var i = 0; i < content.Length; i++)
        {
            content[i] = "\r\n..abc"u8[random.Next(7)];
        }

        var chunks = new List<byte[]>();
        for (var start = 0; start < content.Length;)
        {
            var length = Math.Min(random.Next(1, 200_000), content.Length - start);
            chunks.Add(content[start..(start + length)]);
            start += length;
        }

        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, new ChunkedBody(chunks), "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        var wire = await peer.HearMessageAsync();
        await peer.SayAsync("250 queued");
        Assert.True((await delivery).Reusable);

        var text = Encoding.ASCII.GetString(content);
        var expected = ("\n" + text).Replace("\n.", "\n..", StringComparison.Ordinal)[1..] + (text.EndsWith("\r\n", StringComparison.Ordinal) ? "" : "\r\n") + ".\r\n";
        Assert.True(Encoding.ASCII.GetBytes(expected).AsSpan().SequenceEqual(wire), "the content was changed");
    }

    [Fact]
    public async Task Tls_is_negotiated_when_offered()
    {
        var peer = new ScriptedPeer();
        string? host = null;
        peer.Transport.Handshake = (name, _) =>
        {
            host = name;
            return Task.CompletedTask;
        };
        var opening = OpenAsync(peer, startTls: true);
        await peer.GreetAsync("mx", "STARTTLS");
        await peer.HearAsync("STARTTLS");
        await peer.SayAsync("220 go");
        await peer.HearAsync("EHLO me.example");
        await peer.SayAsync("250-mx", "250 PIPELINING");
        var (session, failure) = await opening;
        await using var disposing = session;
        Assert.Null(failure);
        Assert.Equal("mx.example", host);
        Assert.Equal("TLS of a test", session!.TlsDescription);
    }

    [Fact]
    public async Task A_refusal_of_tls_leaves_the_session_in_clear_text()
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer, startTls: true);
        await peer.GreetAsync("mx", "STARTTLS");
        await peer.HearAsync("STARTTLS");
        await peer.SayAsync("454 not now");
        var (session, failure) = await opening;
        await using var disposing = session;
        Assert.Null(failure);
        Assert.Null(session!.TlsDescription);
    }
}
