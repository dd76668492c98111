using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>Peers that refuse, vanish, stall or talk nonsense; bodies that fail.</summary>
public sealed class OutboundSessionFailureSpecs : OutboundSessionScenario
{
    private const int Huge = 1_000_000;

    [Theory]
    [InlineData("554 5.7.1 go away")]
    [InlineData("521 no mail here")]
    [InlineData("450 busy")]
    public async Task A_greeting_that_refuses_is_the_failure_and_gets_a_quit(string greeting)
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer);
        await peer.SayAsync(greeting);
        Assert.Equal("QUIT\r\n", await peer.HearTheEndAsync());
        var (session, failure) = await opening;
        Assert.Null(session);
        Assert.Equal(greeting, failure!.Reply.ToString());
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Session), (failure.Kind, failure.Scope));
        Assert.True(peer.Transport.IsDisposed);
        Assert.False(OutboundSession.IsTlsFailure(failure));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_lost_before_the_session_is_open_is_the_failure(bool reset)
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer);
        peer.HangUp(reset);
        AssertSessionFailure((await opening).Failure, "4.4.2", "lost before the greeting");

        peer = new ScriptedPeer();
        opening = OpenAsync(peer);
        await peer.SayAsync("220 hi");
        await peer.HearAsync("EHLO me.example");
        await peer.SayRawAsync("250-half");
        peer.HangUp(reset);
        AssertSessionFailure((await opening).Failure, "4.4.2", "lost in reply to EHLO");
        Assert.True(peer.Transport.IsDisposed);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("354 what?\r\n")]
    public async Task Nonsense_is_a_protocol_error(string nonsense)
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer);
        await peer.SayRawAsync(nonsense);
        AssertSessionFailure((await opening).Failure, "4.5.0", "before the greeting");
        Assert.True(peer.Transport.IsDisposed);
    }

    [Theory]
    [InlineData("250-more\r\n")]
    [InlineData("xxxxxxxxxxxxxxxx")]
    public async Task A_reply_that_never_ends_is_a_protocol_error(string piece)
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer);
        await peer.SayAsync("220 hi");
        await peer.HearAsync("EHLO me.example");
        await peer.SayRawAsync("250-");
        while (!opening.IsCompleted)
        {
            await peer.SayRawAsync(string.Concat(Enumerable.Repeat(piece, 1_000)));
        }

        AssertSessionFailure((await opening).Failure, "4.5.0", "in reply to EHLO");
    }

    [Fact]
    public async Task A_failed_handshake_is_told_from_other_failures()
    {
        var peer = new ScriptedPeer();
        peer.Transport.Handshake = (_, _) => Task.FromException(new IOException("no common cipher"));
        var opening = OpenAsync(peer, startTls: true);
        await peer.GreetAsync("mx", "STARTTLS");
        await peer.HearAsync("STARTTLS");
        await peer.SayAsync("220 go");
        var (session, failure) = await opening;
        Assert.Null(session);
        AssertSessionFailure(failure, "4.7.5", "TLS handshake with mx.example failed: no common cipher");
        Assert.True(OutboundSession.IsTlsFailure(failure!));
        Assert.True(peer.Transport.IsDisposed);
    }

    [Fact]
    public async Task A_handshake_that_stalls_times_out()
    {
        var peer = new ScriptedPeer();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.Transport.Handshake = (_, ct) =>
        {
            begun.SetResult();
            return new TaskCompletionSource().Task.WaitAsync(ct);
        };
        var opening = OpenAsync(peer, startTls: true);
        await peer.GreetAsync("mx", "STARTTLS");
        await peer.HearAsync("STARTTLS");
        await peer.SayAsync("220 go");
        await begun.Task.WaitAsync(Patience, Stop);
        var (_, failure) = await PassAsync(Timeouts.TlsHandshake, opening);
        AssertSessionFailure(failure, "4.7.5", "timed out");
    }

    [Theory]
    [InlineData("220 go\r\n250 injected\r\n")]
    [InlineData("220 go\r\n2")]
    public async Task A_response_injected_before_the_handshake_ends_the_session(string injection)
    {
        var peer = new ScriptedPeer();
        peer.Transport.Handshake = (_, _) => throw new InvalidOperationException("no handshake may follow");
        var opening = OpenAsync(peer, startTls: true);
        await peer.GreetAsync("mx", "STARTTLS");
        await peer.HearAsync("STARTTLS");
        await peer.SayRawAsync(injection);
        AssertSessionFailure((await opening).Failure, "4.5.0", "between its reply to STARTTLS and the TLS handshake");
    }

    public static TheoryData<string[], string> Stages => new()
    {
        { [], "in reply to MAIL" },
        { ["250 ok"], "in reply to RCPT" },
        { ["250 ok", "250 ok", "250 ok"], "in reply to DATA" },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_connection_lost_in_the_envelope_defers_the_recipients(string[] said, string stage)
    {
        ArgumentNullException.ThrowIfNull(said);
        foreach (var reset in new[] { false, true })
        {
            var peer = new ScriptedPeer();
            await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
            var delivery = DeliverAsync(session, "one\r\n", "a@x", "b@x");
            await peer.HearBurstAsync();
            await peer.SayAsync(said);
            peer.HangUp(reset);
            var report = await delivery;

            // A reset may overtake what was said before it.
            AssertLost(report, "4.4.2", reset ? "lost in reply to" : "lost " + stage);
            Assert.False(report.FinalDotSent);
            Assert.False(report.StaleConnection);
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_peer_that_stalls_in_the_envelope_times_out(string[] said, string stage)
    {
        ArgumentNullException.ThrowIfNull(said);
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, "one\r\n", "a@x", "b@x");
        await peer.HearBurstAsync();
        await peer.SayAsync(said);
        var report = await PassAsync(Timeouts.DataInitiation, delivery);
        AssertLost(report, "4.4.2", "timed out " + stage);
        Assert.False(report.FinalDotSent);
    }

    [Fact]
    public async Task A_peer_that_does_not_greet_times_out()
    {
        var (_, failure) = await PassAsync(Timeouts.Greeting, OpenAsync(new ScriptedPeer()));
        AssertSessionFailure(failure, "4.4.1", "did not greet");
    }

    [Fact]
    public async Task A_peer_that_drips_a_reply_does_not_gain_time()
    {
        var peer = new ScriptedPeer();
        var opening = OpenAsync(peer);
        for (var seconds = 1; seconds < Timeouts.Greeting.TotalSeconds; seconds++)
        {
            await peer.SayRawAsync(seconds == 1 ? "220-" : ".");
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(opening.IsCompleted, "gave up too early");
        await peer.SayRawAsync(".");
        Time.Advance(TimeSpan.FromSeconds(1));
        AssertSessionFailure((await opening).Failure, "4.4.1", "did not greet");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_lost_while_the_content_is_sent_defers_and_no_dot_was_sent(bool reset)
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, new string('x', Huge), "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        await peer.HearBurstAsync();
        peer.HangUp(reset);
        var report = await delivery;
        AssertLost(report, "4.4.2", "lost while the message was being sent");
        Assert.False(report.FinalDotSent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_lost_after_the_dot_leaves_the_outcome_unknown(bool reset)
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, "one\r\n", "a@x", "b@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "250 ok", "354 go");
        await peer.HearMessageAsync();
        peer.HangUp(reset);
        var report = await delivery;
        AssertLost(report, "4.4.2", "it is unknown whether the message was taken");
        Assert.True(report.FinalDotSent);
        Assert.False(report.StaleConnection);
    }

    [Fact]
    public async Task A_peer_that_stalls_after_the_dot_times_out_with_the_outcome_unknown()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, "one\r\n", "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        await peer.HearMessageAsync();
        var report = await PassAsync(Timeouts.DataBlock, delivery);
        AssertLost(report, "4.4.2", "timed out after the final dot, so that it is unknown");
        Assert.True(report.FinalDotSent);
    }

    [Fact]
    public async Task A_peer_that_stops_reading_times_out()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, new string('x', Huge), "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        await peer.HearBurstAsync();
        var report = await PassAsync(Timeouts.DataBlock, delivery);
        AssertLost(report, "4.4.2", "timed out while the message was being sent");
        Assert.False(report.FinalDotSent);
    }

    [Theory]
    [InlineData("552 5.3.4 too big", "Bounced Message 552 5.3.4 too big", false)]
    [InlineData("451 4.3.1 disk full", "Deferred Message 451 4.3.1 disk full", false)]
    [InlineData("421 4.3.2 shutting down", "Deferred Session 421 4.3.2 shutting down", false)]
    [InlineData("552 5.3.4 too big", "Bounced Message 552 5.3.4 too big", true)]
    [InlineData("421 4.3.2 shutting down", "Deferred Session 421 4.3.2 shutting down", true)]
    public async Task An_early_reply_ends_the_sending_of_a_large_body(string reply, string outcome, bool hangUp)
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, new string('x', Huge), "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        await peer.HearBurstAsync();
        await peer.SayAsync(reply);
        if (hangUp)
        {
            peer.HangUp();
        }

        var report = await delivery;
        AssertOutcomes(report, outcome);
        Assert.True(report is { Reusable: false, FinalDotSent: false });
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_deferred_and_never_ended_with_a_dot()
    {
        var peer = new ScriptedPeer();
        var report = await DeliverBrokenBodyAsync(peer, new ChunkedBody(["half a "u8.ToArray()], new IOException("disk error"), 100));
        var outcome = Assert.Single(report.Outcomes);
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Message), (outcome.Kind, outcome.Scope));
        Assert.Equal(new EnhancedStatusCode(4, 3, 0), outcome.Reply.Enhanced);
    }

    [Fact]
    public async Task A_body_that_fails_behind_a_slow_peer_is_never_ended_with_a_dot()
    {
        var peer = new ScriptedPeer();
        var report = await DeliverBrokenBodyAsync(peer, new ChunkedBody([new byte[Huge]], new IOException("disk error"), Huge + 1));
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Message), (report.Outcomes[0].Kind, report.Outcomes[0].Scope));
    }

    [Fact]
    public async Task A_body_that_is_lost_for_good_is_bounced_and_never_ended_with_a_dot()
    {
        var peer = new ScriptedPeer();
        var report = await DeliverBrokenBodyAsync(peer, new ChunkedBody(["half a "u8.ToArray()], new BodyUnavailableException("gone"), 100));
        var outcome = Assert.Single(report.Outcomes);
        Assert.Equal((OutcomeKind.Bounced, FailureScope.Message), (outcome.Kind, outcome.Scope));
        Assert.Equal(new EnhancedStatusCode(5, 3, 0), outcome.Reply.Enhanced);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_deferred_and_never_ended_with_a_dot()
    {
        var peer = new ScriptedPeer();
        var report = await DeliverBrokenBodyAsync(peer, new ChunkedBody([new byte[100_000]], length: 100_001));
        Assert.Equal((OutcomeKind.Deferred, FailureScope.Message), (report.Outcomes[0].Kind, report.Outcomes[0].Scope));
        Assert.Contains("100000 of 100001", report.Outcomes[0].Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_the_peer_ended_between_messages_is_stale()
    {
        foreach (var farewell in new[] { "421 4.4.2 idle too long\r\n", "" })
        {
            var peer = new ScriptedPeer();
            await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
            await DeliverOneAsync(peer, session);
            await peer.SayRawAsync(farewell);
            peer.HangUp();
            var report = await DeliverAsync(session, "two\r\n", "a@x", "b@x");
            AssertLost(report, "4.4.2", farewell.Length > 0 ? "idle too long" : "lost between transactions");
            Assert.True(report is { StaleConnection: true, FinalDotSent: false });
        }
    }

    [Fact]
    public async Task A_session_that_ends_at_the_next_mail_command_is_stale()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        await DeliverOneAsync(peer, session);
        var delivery = DeliverAsync(session, "two\r\n", "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("421 4.7.0 too many messages");
        var report = await delivery;
        AssertOutcomes(report, "Deferred Session 421 4.7.0 too many messages");
        Assert.True(report is { StaleConnection: true, Reusable: false });

        report = await DeliverAsync(session, "three\r\n", "a@x");
        AssertOutcomes(report, "Deferred Session 421 4.7.0 too many messages");
    }

    [Fact]
    public async Task The_caller_can_end_a_delivery()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx", "PIPELINING");
        using var ending = new CancellationTokenSource();
        var delivery = session.DeliverAsync(new OutboundMessage("", ["a@x"], 5, EightBit: false), Body("one\r\n"), ending.Token);
        await peer.HearBurstAsync();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(Patience, Stop));
        Assert.False((await DeliverAsync(session, "two\r\n", "a@x")).Reusable);
    }

    [Fact]
    public async Task The_caller_can_end_the_opening_and_the_connection_is_closed()
    {
        var peer = new ScriptedPeer();
        using var ending = new CancellationTokenSource();
        var opening = OpenAsync(peer, ct: ending.Token);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.True(peer.Transport.IsDisposed);
    }

    [Fact]
    public async Task Quit_waits_only_a_little()
    {
        var peer = new ScriptedPeer();
        await using var session = await OpenedAsync(peer, "mx");
        var quitting = Quit(session);
        await peer.HearAsync("QUIT");
        Assert.True(await PassAsync(Timeouts.Quit, quitting));

        static async Task<bool> Quit(OutboundSession session)
        {
            await session.QuitAsync(Stop);
            return true;
        }
    }

    private async Task<DeliveryReport> DeliverBrokenBodyAsync(ScriptedPeer peer, ChunkedBody body)
    {
        var session = await OpenedAsync(peer, "mx", "PIPELINING");
        var delivery = DeliverAsync(session, body, "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        var hearing = peer.HearTheEndAsync();
        var report = await delivery;
        Assert.True(report is { Reusable: false, FinalDotSent: false });
        await session.DisposeAsync();
        Assert.DoesNotContain("\r\n.\r\n", await hearing, StringComparison.Ordinal);
        return report;
    }

    private static async Task DeliverOneAsync(ScriptedPeer peer, OutboundSession session)
    {
        var delivery = DeliverAsync(session, "one\r\n", "a@x");
        await peer.HearBurstAsync();
        await peer.SayAsync("250 ok", "250 ok", "354 go");
        Assert.Equal("one\r\n.\r\n", Encoding.ASCII.GetString(await peer.HearMessageAsync()));
        await peer.SayAsync("250 queued");
        Assert.True((await delivery).Reusable);
    }
}
