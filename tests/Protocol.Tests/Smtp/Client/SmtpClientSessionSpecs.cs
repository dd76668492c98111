using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Client;

public sealed class SmtpClientSessionSpecs
{
    private const string Pipelining = "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 8BITMIME";
    private const string Plain = "250 mx.example";

    private readonly ArrayBufferWriter<byte> _output = new();
    private SmtpClientSession _session = new(new SmtpClientOptions("me.example", Lmtp: false, StartTls: true));

    [Fact]
    public void Ehlo_follows_the_greeting_and_its_reply_opens_the_session()
    {
        Assert.Equal(SmtpClientStep.Send, Reply("220 hello there", "EHLO me.example\r\n"));
        Assert.Equal("hello there", _session.Greeting);
        Assert.Equal(SmtpClientStep.Ready, Reply("250-mx\r\n250-pipelining\r\n250-SIZE\r\n250-X-UNKNOWN a b\r\n250 8bitmime", ""));
        Assert.Equal(
            new SmtpCapabilities(SmtpExtensions.Pipelining | SmtpExtensions.Size | SmtpExtensions.EightBitMime, 0),
            _session.Capabilities);
    }

    [Theory]
    [InlineData("500 what?")]
    [InlineData("502 no")]
    [InlineData("550 no")]
    public void Helo_follows_a_refused_ehlo(string refusal)
    {
        Reply("220 hi", "EHLO me.example\r\n");
        Assert.Equal(SmtpClientStep.Send, Reply(refusal, "HELO me.example\r\n"));
        Assert.Equal(SmtpClientStep.Ready, Reply(Plain, ""));
        Assert.Equal(default, _session.Capabilities);
    }

    [Theory]
    [InlineData("554 no mail here")]
    [InlineData("521 no mail here")]
    [InlineData("421 busy")]
    [InlineData("450 busy")]
    [InlineData("354 what?")]
    public void A_greeting_that_refuses_closes_the_session(string greeting)
    {
        Assert.Equal(SmtpClientStep.Closed, Reply(greeting, ""));
        Assert.Equal(OutcomeKind.Deferred, _session.Failure!.Kind);
        Assert.Equal(FailureScope.Session, _session.Failure.Scope);
    }

    [Fact]
    public void Helo_refused_closes_the_session()
    {
        Reply("220 hi", "EHLO me.example\r\n");
        Reply("500 what?", "HELO me.example\r\n");
        Assert.Equal(SmtpClientStep.Closed, Reply("550 go away", ""));
        Assert.Equal(new SmtpReply(550, null, "go away"), _session.Failure!.Reply);
    }

    [Fact]
    public void Tls_begins_when_offered_and_what_was_said_before_is_forgotten()
    {
        Reply("220 hi", "EHLO me.example\r\n");
        Assert.Equal(SmtpClientStep.Send, Reply("250-mx\r\n250-PIPELINING\r\n250 STARTTLS", "STARTTLS\r\n"));
        Assert.Equal(SmtpClientStep.StartTls, Reply("220 go", ""));
        Assert.Equal(SmtpClientStep.Send, _session.OnTlsEstablished(isPeerVerified: false, _output));
        Assert.Equal("EHLO me.example\r\n", Written());
        Assert.Equal(default, _session.Capabilities);
        Assert.Equal(SmtpClientStep.Ready, Reply("250-mx\r\n250 STARTTLS", ""));
    }

    [Theory]
    [InlineData("454 not now")]
    [InlineData("502 not here")]
    public void Tls_refused_leaves_the_session_in_clear_text(string refusal)
    {
        Reply("220 hi", "EHLO me.example\r\n");
        Reply("250-mx\r\n250-PIPELINING\r\n250 STARTTLS", "STARTTLS\r\n");
        Assert.Equal(SmtpClientStep.Ready, Reply(refusal, ""));
        Assert.True(_session.Capabilities.Has(SmtpExtensions.Pipelining));
    }

    [Fact]
    public void Tls_is_not_begun_when_not_wanted()
    {
        _session = new SmtpClientSession(new SmtpClientOptions("me.example", Lmtp: false, StartTls: false));
        Reply("220 hi", "EHLO me.example\r\n");
        Assert.Equal(SmtpClientStep.Ready, Reply("250-mx\r\n250 STARTTLS", ""));
    }

    [Fact]
    public void With_pipelining_the_envelope_is_one_write()
    {
        Open(Pipelining);
        Assert.Equal(SmtpClientStep.Send, Begin(eightBit: true, "a@x", "b@x"));
        Assert.Equal("MAIL FROM:<me@y> SIZE=99 BODY=8BITMIME\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n", Written());
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 ok", ""));
        Assert.Equal(SmtpClientStage.Recipient, _session.Stage);
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 ok", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("550 5.1.1 who?", ""));
        Assert.Equal(SmtpClientStep.SendContent, Reply("354 go", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, _session.OnContentSent());
        Assert.Equal(SmtpClientStep.Done, Reply("250 2.0.0 queued", ""));
        AssertOutcomes("Delivered None 250 2.0.0 queued", "Bounced Recipient 550 5.1.1 who?");
        Begin(eightBit: false, "a@x");
        Assert.Equal("MAIL FROM:<me@y> SIZE=99\r\nRCPT TO:<a@x>\r\nDATA\r\n", Written());
    }

    [Fact]
    public void Without_pipelining_each_command_waits_for_its_turn()
    {
        Open(Plain);
        Begin(eightBit: true, "a@x", "b@x");
        Assert.Equal("MAIL FROM:<me@y>\r\n", Written());
        Assert.Equal(SmtpClientStep.Send, Reply("250 ok", "RCPT TO:<a@x>\r\n"));
        Assert.Equal(SmtpClientStep.Send, Reply("450 4.2.1 busy", "RCPT TO:<b@x>\r\n"));
        Assert.Equal(SmtpClientStep.Send, Reply("251 elsewhere", "DATA\r\n"));
        Assert.Equal(SmtpClientStep.SendContent, Reply("354 go", ""));
        _session.OnContentSent();
        Assert.Equal(SmtpClientStep.Done, Reply("250 ok", ""));
        AssertOutcomes("Deferred Recipient 450 4.2.1 busy", "Delivered None 250 ok");
    }

    [Theory]
    [InlineData("550 5.7.1 no", "Bounced Message 550 5.7.1 no")]
    [InlineData("451 4.7.1 later", "Deferred Message 451 4.7.1 later")]
    public void A_refused_sender_holds_for_all_recipients(string reply, string outcome)
    {
        Open(Plain);
        Begin(eightBit: false, "a@x", "b@x");
        Written();
        Assert.Equal(SmtpClientStep.Done, Reply(reply, ""));
        AssertOutcomes(outcome, outcome);
        Begin(eightBit: false, "a@x");
        Assert.Equal("MAIL FROM:<me@y>\r\n", Written());
    }

    [Fact]
    public void A_refused_sender_ends_a_pipelined_transaction_after_all_replies()
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x", "b@x");
        Written();
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("550 no", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("503 no MAIL", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("503 no MAIL", ""));
        Assert.Equal(SmtpClientStep.Done, Reply("503 no RCPT", ""));
        AssertOutcomes("Bounced Message 550 no", "Bounced Message 550 no");
        Begin(eightBit: false, "a@x");
        Assert.StartsWith("MAIL", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_accepts_data_without_a_recipient_gets_an_empty_message()
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x");
        Written();
        Reply("250 ok", "");
        Reply("550 who?", "");
        Assert.Equal(SmtpClientStep.Send, Reply("354 go", ".\r\n"));
        Assert.Equal(SmtpClientStep.Done, Reply("250 queued", ""));
        AssertOutcomes("Bounced Recipient 550 who?");
        Begin(eightBit: false, "a@x");
        Assert.StartsWith("MAIL", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rset_is_sent_only_after_a_transaction_that_was_left_half_way()
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x");
        Written();
        Reply("250 ok", "");
        Reply("550 who?", "");
        Assert.Equal(SmtpClientStep.Done, Reply("554 no valid recipients", ""));
        Begin(eightBit: false, "b@x");
        Assert.StartsWith("RSET\r\nMAIL FROM", Written(), StringComparison.Ordinal);
        Assert.Equal(SmtpClientStage.Reset, _session.Stage);
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 reset", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 ok", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 ok", ""));
        Assert.Equal(SmtpClientStep.SendContent, Reply("354 go", ""));
        _session.OnContentSent();
        Reply("250 queued", "");
        AssertOutcomes("Delivered None 250 queued");
        Begin(eightBit: false, "c@x");
        Assert.StartsWith("MAIL FROM", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rset_waits_for_its_reply_without_pipelining_and_its_refusal_ends_the_session()
    {
        Open(Plain);
        Begin(eightBit: false, "a@x");
        Written();
        Reply("250 ok", "RCPT TO:<a@x>\r\n");
        Assert.Equal(SmtpClientStep.Done, Reply("452 full", ""));
        AssertOutcomes("Deferred Recipient 452 full");
        Begin(eightBit: false, "a@x");
        Assert.Equal("RSET\r\n", Written());
        Assert.Equal(SmtpClientStep.Closed, Reply("500 what?", ""));
        AssertOutcomes("Deferred Session 500 what?");
    }

    [Theory]
    [InlineData("554 5.6.0 spam", "Bounced Message 554 5.6.0 spam")]
    [InlineData("451 4.3.0 later", "Deferred Message 451 4.3.0 later")]
    public void The_reply_to_the_dot_holds_for_the_accepted_recipients(string reply, string outcome)
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x", "b@x", "c@x");
        Written();
        Feed("250 ok", "250 ok", "452 too many", "250 ok", "354 go");
        _session.OnContentSent();
        Assert.Equal(SmtpClientStep.Done, Reply(reply, ""));
        AssertOutcomes(outcome, "Deferred Recipient 452 too many", outcome);
    }

    [Fact]
    public void Lmtp_replies_to_the_dot_once_for_each_accepted_recipient()
    {
        _session = new SmtpClientSession(new SmtpClientOptions("me.example", Lmtp: true, StartTls: false));
        Reply("220 hi", "LHLO me.example\r\n");
        Reply(Pipelining, "");
        Begin(eightBit: false, "a@x", "b@x", "c@x", "d@x");
        Written();
        Feed("250 ok", "250 ok", "550 who?", "250 ok", "250 ok", "354 go");
        _session.OnContentSent();
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("250 a", ""));
        Assert.Equal(SmtpClientStep.AwaitReply, Reply("452 4.2.2 c", ""));
        Assert.Equal(SmtpClientStep.Done, Reply("552 5.2.2 d", ""));
        AssertOutcomes(
            "Delivered None 250 a", "Bounced Recipient 550 who?", "Deferred Recipient 452 4.2.2 c", "Bounced Recipient 552 5.2.2 d");
    }

    [Fact]
    public void Lmtp_does_not_fall_back_to_helo()
    {
        _session = new SmtpClientSession(new SmtpClientOptions("me.example", Lmtp: true, StartTls: false));
        Reply("220 hi", "LHLO me.example\r\n");
        Assert.Equal(SmtpClientStep.Closed, Reply("500 what?", ""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_421_ends_the_session_at_any_reply_and_defers_what_is_undecided(int at)
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x", "b@x");
        Written();
        string[] replies = ["250 ok", "550 who?", "250 ok", "354 go"];
        Feed(replies[..at]);
        if (at == 4)
        {
            _session.OnContentSent();
        }

        Assert.Equal(SmtpClientStep.Closed, Reply("421 4.3.2 shutting down", ""));
        const string Undecided = "Deferred Session 421 4.3.2 shutting down";
        AssertOutcomes(at < 2 ? Undecided : "Bounced Recipient 550 who?", Undecided);
        Assert.Equal(at > 0, _session.TransactionAnswered);
        Assert.Equal(SmtpClientStep.Closed, Begin(eightBit: false, "z@x"));
        AssertOutcomes(Undecided);
    }

    [Theory]
    [InlineData(0, "354 what?")]
    [InlineData(1, "354 what?")]
    [InlineData(3, "250 what?")]
    [InlineData(5, "354 what?")]
    public void A_reply_out_of_place_is_a_protocol_error(int at, string reply)
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x", "b@x");
        Written();
        Feed(((string[])["250 ok", "250 ok", "250 ok", "354 go"])[..Math.Min(at, 4)]);
        if (at == 5)
        {
            _session.OnContentSent();
        }

        Assert.Equal(SmtpClientStep.Closed, Reply(reply, ""));
        Assert.All(_session.Outcomes, outcome => Assert.Equal(new EnhancedStatusCode(4, 5, 0), outcome.Reply.Enhanced));
        Assert.All(_session.Outcomes, outcome => Assert.Equal(FailureScope.Session, outcome.Scope));
    }

    [Theory]
    [InlineData("552 5.3.4 too big", "Bounced Message 552 5.3.4 too big")]
    [InlineData("451 4.3.1 disk full", "Deferred Message 451 4.3.1 disk full")]
    public void An_early_reply_decides_the_message_and_ends_the_session(string reply, string outcome)
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x");
        Written();
        Feed("250 ok", "250 ok", "354 go");
        Assert.Equal(SmtpClientStep.Closed, Reply(reply, ""));
        AssertOutcomes(outcome);
    }

    [Fact]
    public void Success_before_the_dot_is_not_believed()
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x");
        Written();
        Feed("250 ok", "250 ok", "354 go");
        Assert.Equal(SmtpClientStep.Closed, Reply("250 got it", ""));
        Assert.Equal(OutcomeKind.Deferred, _session.Outcomes[0].Kind);
    }

    [Fact]
    public void A_message_larger_than_the_server_takes_is_not_offered()
    {
        Open(Pipelining);
        Assert.Equal(SmtpClientStep.Done, _session.Begin(new SmtpEnvelope("me@y", ["a@x"], 1_001, EightBit: false), _output));
        Assert.Equal("", Written());
        Assert.Equal(new EnhancedStatusCode(5, 3, 4), _session.Outcomes[0].Reply.Enhanced);
        Assert.Equal(SmtpClientStep.Send, _session.Begin(new SmtpEnvelope("me@y", ["a@x"], 1_000, EightBit: false), _output));
    }

    [Fact]
    public void Addresses_that_would_break_out_of_their_command_are_not_sent()
    {
        Open(Pipelining);
        Begin(eightBit: false, "a@x\r\nRSET", "b@x", "c\0@x");
        Assert.Equal("MAIL FROM:<me@y> SIZE=99\r\nRCPT TO:<b@x>\r\nDATA\r\n", Written());
        Feed("250 ok", "250 ok", "354 go");
        _session.OnContentSent();
        Reply("250 ok", "");
        Assert.Equal([OutcomeKind.Bounced, OutcomeKind.Delivered, OutcomeKind.Bounced], _session.Outcomes.Select(o => o.Kind));

        var step = _session.Begin(new SmtpEnvelope("me@y>\r\nDATA", ["a@x"], 1, EightBit: false), _output);
        Assert.Equal(SmtpClientStep.Done, step);
        Assert.Equal("", Written());
        Assert.Equal(FailureScope.Message, _session.Outcomes[0].Scope);
    }

    [Fact]
    public void The_null_reverse_path_is_an_empty_path()
    {
        Open(Plain);
        _session.Begin(new SmtpEnvelope("", ["a@x"], 1, EightBit: false), _output);
        Assert.Equal("MAIL FROM:<>\r\n", Written());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(250)]
    public void Many_recipients_go_out_in_groups(int count)
    {
        Open(Pipelining);
        Begin(eightBit: false, [.. Enumerable.Range(0, count).Select(i => $"r{i}@x")]);
        var step = Feed("250 ok");
        var rcpts = 0;
        while (step is SmtpClientStep.AwaitReply or SmtpClientStep.Send && _session.Stage == SmtpClientStage.Recipient)
        {
            var group = Written();
            Assert.InRange(group.Split("RCPT").Length - 1, 0, SmtpClientSession.MaximumGroup);
            Assert.Equal(group.Contains("DATA", StringComparison.Ordinal), group.Contains($"<r{count - 1}@", StringComparison.Ordinal));
            step = Reply(rcpts++ % 2 == 0 ? "250 ok" : "550 no", null);
        }

        Assert.Equal(count, rcpts);
        Assert.Equal(SmtpClientStep.SendContent, Reply("354 go", ""));
        _session.OnContentSent();
        Assert.Equal(SmtpClientStep.Done, Reply("250 ok", ""));
        Assert.Equal(count - (count / 2), _session.Outcomes.Count(o => o.Kind == OutcomeKind.Delivered));
    }

    [Fact]
    public void Quit_ends_the_session_whatever_is_said_to_it()
    {
        Open(Plain);
        Assert.Equal(SmtpClientStep.Send, _session.Quit(_output));
        Assert.Equal("QUIT\r\n", Written());
        Assert.Equal(SmtpClientStep.Closed, Reply("500 what?", ""));
    }

    [Fact]
    public void Any_sequence_of_replies_is_survived_and_leaves_an_outcome_for_each_recipient()
    {
        int[] codes = [220, 250, 250, 250, 250, 251, 354, 354, 421, 450, 452, 500, 550, 552, 554];
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var lmtp = random.Next(2) == 0;
            var session = new SmtpClientSession(new SmtpClientOptions("me", lmtp, StartTls: random.Next(2) == 0));
            var envelope = new SmtpEnvelope("s@y", [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => $"{i}@x")], 1, EightBit: false);
            for (var i = 0; i < 40; i++)
            {
                var code = codes[random.Next(codes.Length)];
                var lines = random.Next(2) == 0 ? ImmutableArray.Create("ok") : ["ok", "PIPELINING", "STARTTLS"];
                var step = session.OnReply(new SmtpReply(code, null, lines), _output);
                step = step switch
                {
                    SmtpClientStep.StartTls => session.OnTlsEstablished(random.Next(2) == 0, _output),
                    SmtpClientStep.Ready => session.Begin(envelope, _output),
                    SmtpClientStep.SendContent => session.OnContentSent(),
                    _ => step,
                };
                if (step == SmtpClientStep.Done || (step == SmtpClientStep.Closed && !session.Outcomes.IsEmpty))
                {
                    Assert.Equal(envelope.Recipients.Length, session.Outcomes.Length);
                    Assert.All(session.Outcomes, Assert.NotNull);
                    _ = step == SmtpClientStep.Done ? session.Begin(envelope, _output) : step;
                }

                _output.ResetWrittenCount();
            }
        }
    }

    private void Open(string ehlo)
    {
        Reply("220 hi", "EHLO me.example\r\n");
        Assert.Equal(SmtpClientStep.Ready, Reply(ehlo, ""));
    }

    private SmtpClientStep Begin(bool eightBit, params string[] recipients) =>
        _session.Begin(new SmtpEnvelope("me@y", [.. recipients], 99, eightBit), _output);

    private SmtpClientStep Feed(params string[] replies)
    {
        var step = SmtpClientStep.AwaitReply;
        foreach (var reply in replies)
        {
            step = Reply(reply, null);
        }

        return step;
    }

    private SmtpClientStep Reply(string wire, string? thenWrites)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(wire + "\r\n"));
        Assert.Equal(ReplyParseStatus.Complete, new SmtpReplyParser().Read(ref buffer, out var reply));
        var step = _session.OnReply(reply!, _output);
        if (thenWrites is not null)
        {
            Assert.Equal(thenWrites, Written());
        }

        return step;
    }

    private string Written()
    {
        var text = Encoding.ASCII.GetString(_output.WrittenSpan);
        _output.ResetWrittenCount();
        return text;
    }

    private void AssertOutcomes(params string[] expected) =>
        Assert.Equal(expected, _session.Outcomes.Select(o => $"{o.Kind} {o.Scope} {o.Reply}"));
}
