using System.Text;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class SmtpServerSessionSpecs
{
    private static readonly SmtpServerPolicy s_relay = new("mx.example.net", RelayRule.Everybody);
    private static readonly SmtpServerPolicy s_public = new("mx.example.net", RelayRule.Only(["local.example", "[192.0.2.1]"]));

    /// <summary>Every command in every state: what is answered, and which state follows.</summary>
    public static TheoryData<string, string, string, string, string, string> Table => new()
    {
        // command                     Connected          Ready                     Mail                           Recipients                     Chunks
        { "EHLO c", "250 Ready", "250 Ready", "250 Ready", "250 Ready", "250 Ready" },
        { "HELO c", "250 Ready", "250 Ready", "250 Ready", "250 Ready", "250 Ready" },
        { "MAIL FROM:<u@x.org>", "503 Connected", "250 Mail", "503 Mail", "503 Recipients", "503 Chunks" },
        { "MAIL FROM:<>", "503 Connected", "250 Mail", "503 Mail", "503 Recipients", "503 Chunks" },
        { "RCPT TO:<v@y.org>", "503 Connected", "503 Ready", "250 Recipients", "250 Recipients", "503 Chunks" },
        { "RCPT TO:<postmaster>", "503 Connected", "503 Ready", "250 Recipients", "250 Recipients", "503 Chunks" },
        { "DATA", "503 Connected", "503 Ready", "503 Mail", "354 Recipients ReceiveData", "503 Chunks" },
        { "RSET", "250 Connected", "250 Ready", "250 Ready", "250 Ready", "250 Ready" },
        { "NOOP", "250 Connected", "250 Ready", "250 Mail", "250 Recipients", "250 Chunks" },
        { "VRFY u", "252 Connected", "252 Ready", "252 Mail", "252 Recipients", "252 Chunks" },
        { "HELP", "214 Connected", "214 Ready", "214 Mail", "214 Recipients", "214 Chunks" },
        { "QUIT", "221 Connected Close", "221 Ready Close", "221 Mail Close", "221 Recipients Close", "221 Chunks Close" },
        { "STARTTLS", "502 Connected", "502 Ready", "502 Mail", "502 Recipients", "502 Chunks" },
        { "AUTH PLAIN", "502 Connected", "502 Ready", "502 Mail", "502 Recipients", "502 Chunks" },
        { "NONSENSE", "500 Connected", "500 Ready", "500 Mail", "500 Recipients", "500 Chunks" },
        { "MAIL FROM:<bad", "501 Connected", "501 Ready", "501 Mail", "501 Recipients", "501 Chunks" },
        { "RCPT TO:<bad", "501 Connected", "501 Ready", "501 Mail", "501 Recipients", "501 Chunks" },
        { "BDAT 5", "503 Connected SkipChunk", "503 Ready SkipChunk", "503 Mail SkipChunk", "200 Recipients ReceiveChunk", "200 Chunks ReceiveChunk" },
        { "BDAT 0 LAST", "503 Connected SkipChunk", "503 Ready SkipChunk", "503 Mail SkipChunk", "200 Recipients ReceiveChunk", "200 Chunks ReceiveChunk" },
        { "BDAT 99999999999", "552 Connected Close", "552 Ready Close", "552 Ready Close", "552 Ready Close", "552 Ready Close" },
        { "BDAT five", "501 Connected Close", "501 Ready Close", "501 Mail Close", "501 Recipients Close", "501 Chunks Close" },
        { "ETRN x.org", "502 Connected", "502 Ready", "502 Mail", "502 Recipients", "502 Chunks" },
        { "XCLIENT ADDR=192.0.2.1", "550 Connected", "550 Ready", "550 Mail", "550 Recipients", "550 Chunks" },
        { "XFORWARD ADDR=192.0.2.1", "550 Connected", "550 Ready", "550 Mail", "550 Recipients", "550 Chunks" },
        { "LHLO c", "500 Connected", "500 Ready", "500 Mail", "500 Recipients", "500 Chunks" },
    };

    /// <summary>The same while the node drains.</summary>
    public static TheoryData<string, string, string, string, string> DrainingTable => new()
    {
        { "EHLO c", "421 Connected Close", "421 Ready Close", "421 Mail Close", "421 Recipients Close" },
        { "MAIL FROM:<u@x.org>", "421 Connected Close", "421 Ready Close", "421 Mail Close", "421 Recipients Close" },
        { "RCPT TO:<v@y.org>", "421 Connected Close", "421 Ready Close", "250 Recipients", "250 Recipients" },
        { "DATA", "421 Connected Close", "421 Ready Close", "503 Mail", "354 Recipients ReceiveData" },
        { "RSET", "421 Connected Close", "421 Ready Close", "421 Mail Close", "421 Recipients Close" },
        { "NOOP", "421 Connected Close", "421 Ready Close", "421 Mail Close", "421 Recipients Close" },
        { "NONSENSE", "421 Connected Close", "421 Ready Close", "421 Mail Close", "421 Recipients Close" },
        { "QUIT", "221 Connected Close", "221 Ready Close", "221 Mail Close", "221 Recipients Close" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_command_has_its_answer_in_each_state(
        string command, string connected, string ready, string mail, string recipients, string chunks)
    {
        AssertStep(connected, SmtpServerSession.Step(State(), Parse(command), s_relay));
        AssertStep(ready, SmtpServerSession.Step(State("EHLO c"), Parse(command), s_relay));
        AssertStep(mail, SmtpServerSession.Step(State("EHLO c", "MAIL FROM:<u@x.org>"), Parse(command), s_relay));
        AssertStep(recipients, SmtpServerSession.Step(State("EHLO c", "MAIL FROM:<u@x.org>", "RCPT TO:<w@z.org>"), Parse(command), s_relay));
        AssertStep(chunks, SmtpServerSession.Step(
            SmtpServerSession.ChunkTaken(State("EHLO c", "MAIL FROM:<u@x.org>", "RCPT TO:<w@z.org>"), 3, s_relay).Next, Parse(command), s_relay));
    }

    [Theory]
    [MemberData(nameof(DrainingTable))]
    public void A_draining_node_lets_a_transaction_finish_and_nothing_begin(
        string command, string connected, string ready, string mail, string recipients)
    {
        AssertStep(connected, SmtpServerSession.StepDraining(State(), Parse(command), s_relay));
        AssertStep(ready, SmtpServerSession.StepDraining(State("EHLO c"), Parse(command), s_relay));
        AssertStep(mail, SmtpServerSession.StepDraining(State("EHLO c", "MAIL FROM:<u@x.org>"), Parse(command), s_relay));
        AssertStep(
            recipients, SmtpServerSession.StepDraining(State("EHLO c", "MAIL FROM:<u@x.org>", "RCPT TO:<w@z.org>"), Parse(command), s_relay));
    }

    [Theory]
    [InlineData("MAIL FROM:<u@x.org>", "503 Connected", "451 Ready", "503 Mail", "503 Recipients")]
    [InlineData("RCPT TO:<v@y.org>", "503 Connected", "503 Ready", "250 Recipients", "250 Recipients")]
    [InlineData("DATA", "503 Connected", "503 Ready", "503 Mail", "451 Recipients")]
    [InlineData("BDAT 5 LAST", "503 Connected SkipChunk", "503 Ready SkipChunk", "503 Mail SkipChunk", "451 Ready SkipChunk")]
    [InlineData("RSET", "250 Connected", "250 Ready", "250 Ready", "250 Ready")]
    [InlineData("QUIT", "221 Connected Close", "221 Ready Close", "221 Mail Close", "221 Recipients Close")]
    public void Without_a_store_no_transaction_begins_and_no_message_is_read(
        string command, string connected, string ready, string mail, string recipients)
    {
        AssertStep(connected, SmtpServerSession.StepWithoutStore(State(), Parse(command), s_relay));
        AssertStep(ready, SmtpServerSession.StepWithoutStore(State("EHLO c"), Parse(command), s_relay));
        AssertStep(mail, SmtpServerSession.StepWithoutStore(State("EHLO c", "MAIL FROM:<u@x.org>"), Parse(command), s_relay));
        AssertStep(
            recipients, SmtpServerSession.StepWithoutStore(State("EHLO c", "MAIL FROM:<u@x.org>", "RCPT TO:<w@z.org>"), Parse(command), s_relay));
    }

    [Fact]
    public void Ehlo_offers_the_extensions_with_the_size_limit_and_helo_does_not()
    {
        var policy = s_relay with { MaximumMessageSize = 1234 };
        Assert.Equal(
            "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 1234\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
            + "250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-DELIVERBY\r\n250-MT-PRIORITY\r\n250-LIMITS RCPTMAX=1000\r\n250 HELP\r\n",
            Encoding.ASCII.GetString(SmtpServerSession.Step(State(), Parse("EHLO c"), policy).Reply.Octets));
        Assert.Equal(
            "250 mx.example.net\r\n",
            Encoding.ASCII.GetString(SmtpServerSession.Step(State(), Parse("HELO c"), policy).Reply.Octets));
        Assert.Equal("220 mx.example.net ESMTP\r\n", Encoding.ASCII.GetString(policy.Greeting.Octets));
    }

    [Fact]
    public void A_transaction_remembers_its_envelope_and_RSET_and_EHLO_forget_it()
    {
        var state = State("EHLO c", "MAIL FROM:<u@x.org> SIZE=9 BODY=8BITMIME", "RCPT TO:<v@y.org>", "RCPT TO:<postmaster>");
        Assert.Equal("u@x.org", state.ReversePath.ToString());
        Assert.Equal(new MailParameters(9, MailBodyType.EightBitMime) { HasBody = true }, state.MailParameters);
        Assert.Equal(["v@y.org", "postmaster@mx.example.net"], state.Recipients.ToWireForms());
        foreach (var command in (string[])["RSET", "EHLO d", "HELO d"])
        {
            var next = SmtpServerSession.Step(state, Parse(command), s_relay).Next;
            Assert.Equal(SmtpServerPhase.Ready, next.Phase);
            Assert.True(next.ReversePath.IsNull);
            Assert.Equal(0, next.Recipients.Count);
            Assert.Equal(MailParameters.None, next.MailParameters);
        }
    }

    [Fact]
    public void A_recipient_that_is_repeated_is_taken_once()
    {
        var state = State("EHLO c", "MAIL FROM:<>", "RCPT TO:<v@y.org>", "RCPT TO:<w@y.org>", "RCPT TO:<\"v\"@Y.ORG>", "RCPT TO:<V@y.org>");
        Assert.Equal(["v@y.org", "w@y.org", "V@y.org"], state.Recipients.ToWireForms());
    }

    [Theory]
    [InlineData("v@local.example", true)]
    [InlineData("v@LOCAL.example", true)]
    [InlineData("v@[192.0.2.1]", true)]
    [InlineData("postmaster", true)]
    [InlineData("@local.example:v@local.example", true)]
    [InlineData("v@sub.local.example", false)]
    [InlineData("v@notlocal.example", false)]
    [InlineData("v@local.example.org", false)]
    [InlineData("v@[192.0.2.2]", false)]
    [InlineData("@local.example:v@far.example", false)]
    [InlineData("v%far.example@local.example", false)]
    [InlineData("far.example!v@local.example", false)]
    [InlineData("\"v@far.example\"@local.example", false)]
    public void A_stranger_may_send_only_to_our_domains(string recipient, bool allowed)
    {
        var state = State("EHLO c", "MAIL FROM:<u@x.org>");
        var step = SmtpServerSession.Step(state, Parse($"RCPT TO:<{recipient}>"), s_public);
        AssertStep(allowed ? "250 Recipients" : "550 Mail", step);
        Assert.Equal(allowed ? 0 : 1, step.Next.Errors);
        AssertStep("250 Recipients", SmtpServerSession.Step(state, Parse($"RCPT TO:<{recipient}>"), s_relay));
    }

    [Fact]
    public void Recipients_beyond_the_limit_are_deferred_and_repeated_ones_are_not()
    {
        var policy = s_relay with { MaximumRecipients = 2, MaximumErrors = 3 };
        var state = State("EHLO c", "MAIL FROM:<>", "RCPT TO:<a@y.org>", "RCPT TO:<b@y.org>");
        for (var i = 0; i < 10; i++)
        {
            var step = SmtpServerSession.Step(state, Parse($"RCPT TO:<c{i}@y.org>"), policy);
            Assert.Equal("452 4.5.3 Too many recipients", step.Reply.ToString());
            state = step.Next;
        }

        AssertStep("250 Recipients", SmtpServerSession.Step(state, Parse("RCPT TO:<b@y.org>"), policy));
        Assert.Equal(2, state.Recipients.Count);
    }

    [Fact]
    public void A_declared_size_over_the_limit_is_refused_and_what_was_pipelined_behind_it_is_no_error()
    {
        var policy = s_relay with { MaximumMessageSize = 100 };
        var ready = State("EHLO c");
        AssertStep("250 Mail", SmtpServerSession.Step(ready, Parse("MAIL FROM:<> SIZE=100"), policy));
        var step = SmtpServerSession.Step(ready, Parse("MAIL FROM:<> SIZE=101"), policy);
        Assert.Equal("552 5.3.4 Message too big", step.Reply.ToString());
        Assert.Equal(1, step.Next.Errors);
        step = SmtpServerSession.Step(step.Next, Parse("RCPT TO:<v@y.org>"), policy);
        AssertStep("503 Ready", step);
        step = SmtpServerSession.Step(step.Next, Parse("DATA"), policy);
        AssertStep("503 Ready", step);
        Assert.Equal(1, step.Next.Errors);

        step = SmtpServerSession.Step(ready, Parse("MAIL FROM:<bad>"), policy);
        Assert.Equal(1, SmtpServerSession.Step(step.Next, Parse("RCPT TO:<v@y.org>"), policy).Next.Errors);
        Assert.Equal(1, SmtpServerSession.Step(ready, Parse("RCPT TO:<v@y.org>"), policy).Next.Errors);
    }

    [Fact]
    public void Too_many_errors_close_the_session_and_an_accepted_message_forgives_them()
    {
        var policy = s_relay with { MaximumErrors = 3 };
        var state = State("EHLO c");
        state = SmtpServerSession.Step(state, Parse("NONSENSE"), policy).Next;
        state = SmtpServerSession.Step(state, Parse("DATA"), policy).Next;
        var last = SmtpServerSession.Step(state, Parse("NONSENSE"), policy);
        Assert.Equal("421 4.7.0 Too many errors, closing", last.Reply.ToString());
        Assert.Equal(SmtpServerEffect.Close, last.Effect);

        Assert.Equal(2, SmtpServerSession.Complete(state, ServerReplies.StorageFailed).Next.Errors);
        var accepted = SmtpServerSession.Complete(state, SmtpServerSession.Queued("ID")).Next;
        Assert.Equal(0, accepted.Errors);
        Assert.Equal(1, accepted.Messages);
    }

    [Fact]
    public void A_session_that_has_had_its_messages_is_closed_at_the_next_one()
    {
        var policy = s_relay with { MaximumMessagesPerSession = 1 };
        var state = SmtpServerSession.Complete(State("EHLO c", "MAIL FROM:<>", "RCPT TO:<v@y.org>"), SmtpServerSession.Queued("ID")).Next;
        AssertStep("421 Ready Close", SmtpServerSession.Step(state, Parse("MAIL FROM:<>"), policy));
        AssertStep("250 Mail", SmtpServerSession.Step(state, Parse("MAIL FROM:<>"), s_relay));
    }

    [Fact]
    public void The_reply_to_an_accepted_message_names_its_queue_id() =>
        Assert.Equal("250 2.0.0 Ok: queued as 0123\r\n", Encoding.ASCII.GetString(SmtpServerSession.Queued("0123").Octets));

    [Fact]
    public void Text_of_others_cannot_break_out_of_a_reply() =>
        Assert.Equal(
            "451 4.3.0 a??b?\r\n",
            Encoding.ASCII.GetString(new WireReply(new SmtpReply(451, new(4, 3, 0), "a\r\nb\u00fc")).Octets));

    [Fact]
    public void Lists_of_recipients_that_share_a_beginning_do_not_see_one_another()
    {
        var start = RecipientList.Empty;
        for (var i = 0; i < 20; i++)
        {
            start = start.Add(Box($"r{i}@x.org"));
        }

        var left = start.Add(Box("left@x.org"));
        var right = start.Add(Box("right@x.org"));
        Assert.Equal(20, start.Count);
        Assert.False(start.Contains(Box("left@x.org")));
        Assert.False(right.Contains(Box("left@x.org")));
        Assert.Equal("left@x.org", left[20].ToString());
        Assert.Equal("right@x.org", right.ToWireForms()[20]);
        Assert.Same(right, right.Add(Box("r7@x.org")));
        Assert.Throws<ArgumentOutOfRangeException>(() => start[20]);
    }

    private static Mailbox Box(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    private static SmtpCommand Parse(string line) => SmtpCommandParser.Parse(Encoding.ASCII.GetBytes(line));

    private static SmtpServerState State(params string[] commands)
    {
        var state = SmtpServerState.Start;
        foreach (var command in commands)
        {
            var step = SmtpServerSession.Step(state, Parse(command), s_relay);
            Assert.True(step.Reply.Reply.IsPositive, command);
            state = step.Next;
        }

        return state;
    }

    private static void AssertStep(string expected, SmtpStep step)
    {
        var effect = step.Effect == SmtpServerEffect.None ? string.Empty : " " + step.Effect;
        Assert.Equal(expected, $"{step.Reply.Reply.Code} {step.Next.Phase}{effect}");
    }
}
