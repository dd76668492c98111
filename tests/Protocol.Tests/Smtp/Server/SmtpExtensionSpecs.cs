using System.Net;
using System.Text;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class SmtpExtensionSpecs
{
    private static readonly SmtpServerPolicy s_mx = new("mx.example.net", RelayRule.Only(["local.example"]));

    private static readonly SmtpServerPolicy s_submission = new("mx.example.net", RelayRule.Everybody)
    {
        Extensions = ServerExtensions.Standard | ServerExtensions.StartTls | ServerExtensions.Auth | ServerExtensions.FutureRelease,
        TlsMechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"],
        RequireAuth = true,
        RequireTls = true,
    };

    private static readonly SmtpServerPolicy s_trusting = s_mx with
    {
        Extensions = ServerExtensions.Standard | ServerExtensions.XClient | ServerExtensions.XForward | ServerExtensions.Etrn,
    };

    [Fact]
    public void What_is_offered_depends_on_how_far_the_session_is()
    {
        Assert.Contains("STARTTLS", Offers(s_submission, State()));
        Assert.DoesNotContain(Offers(s_submission, State()), line => line.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.DoesNotContain("REQUIRETLS", Offers(s_submission, State()));

        var secure = SmtpServerSession.Secured(State());
        Assert.DoesNotContain("STARTTLS", Offers(s_submission, secure));
        Assert.Contains("AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", Offers(s_submission, secure));
        Assert.Contains("REQUIRETLS", Offers(s_submission, secure));
        Assert.Contains("FUTURERELEASE 604800 9999-12-31T23:59:59Z", Offers(s_submission, secure));
        Assert.DoesNotContain(Offers(s_mx with { Extensions = s_submission.Extensions }, secure), line => line.StartsWith("FUTURE", StringComparison.Ordinal));

        var user = SmtpServerSession.Authenticated(secure, "u").Next;
        Assert.DoesNotContain(Offers(s_submission, user), line => line.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.Contains("AUTH SCRAM-SHA-256 PLAIN", Offers(s_submission with { Mechanisms = ["SCRAM-SHA-256", "PLAIN"] }, State()));
        Assert.Contains("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT", Offers(s_trusting, State()));
        Assert.Contains("LIMITS RCPTMAX=1000 MAILMAX=5", Offers(s_mx with { MaximumMessagesPerSession = 5 }, State()));
    }

    [Fact]
    public void Tls_comes_before_auth_and_auth_before_mail()
    {
        var state = Step(s_submission, State(), "EHLO c").Next;
        AssertReply("530 5.7.0", Step(s_submission, state, "MAIL FROM:<u@x.org>"));
        AssertReply("538 5.7.11", Step(s_submission, state, "AUTH PLAIN"));
        var tls = Step(s_submission, state, "STARTTLS");
        AssertReply("220 2.0.0", tls);
        Assert.Equal(SmtpServerEffect.StartTls, tls.Effect);

        state = SmtpServerSession.Secured(tls.Next);
        Assert.Equal((SmtpServerPhase.Connected, string.Empty, true), (state.Phase, state.HelloName, state.Secure));
        AssertReply("503 5.5.1", Step(s_submission, state, "AUTH PLAIN"));
        AssertReply("503 5.5.1", Step(s_submission, state, "STARTTLS"));
        state = Step(s_submission, state, "EHLO c").Next;
        AssertReply("530 5.7.0", Step(s_submission, state, "MAIL FROM:<u@x.org>"));
        AssertReply("504 5.5.4", Step(s_submission, state, "AUTH CRAM-MD5"));
        Assert.Equal(SmtpServerEffect.Authenticate, Step(s_submission, state, "AUTH scram-sha-256-plus").Effect);

        AssertReply("535 5.7.8", SmtpServerSession.AuthenticationFailed(state, ServerReplies.BadCredentials, s_submission));
        Assert.Equal(1, SmtpServerSession.AuthenticationFailed(state, ServerReplies.BadCredentials, s_submission).Next.Errors);
        Assert.Equal(0, SmtpServerSession.AuthenticationFailed(state, ServerReplies.AuthUnavailable, s_submission).Next.Errors);

        state = SmtpServerSession.Authenticated(state, "u").Next;
        AssertReply("503 5.5.1", Step(s_submission, state, "AUTH PLAIN"));
        state = Step(s_submission, state, "MAIL FROM:<u@x.org> REQUIRETLS HOLDFOR=60 AUTH=<>").Next;
        Assert.True(state.InTransaction);
        AssertReply("503 5.5.1", Step(s_submission, state with { User = null }, "AUTH PLAIN"));
        Assert.Equal("u", Step(s_submission, state, "EHLO again").Next.User);
    }

    [Theory]
    [InlineData("REQUIRETLS")]
    [InlineData("HOLDFOR=60")]
    [InlineData("HOLDUNTIL=2030-01-01T00:00:00Z")]
    [InlineData("AUTH=<>")]
    public void A_parameter_of_an_extension_that_is_not_offered_is_not_recognised(string parameter) =>
        AssertReply("555 5.5.4", Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> " + parameter));

    [Fact]
    public void Parameters_out_of_bounds_are_refused()
    {
        var user = SmtpServerSession.Authenticated(SmtpServerSession.Secured(State()), "u").Next;
        user = Step(s_submission, user, "EHLO c").Next;
        AssertReply("250", Step(s_submission, user, "MAIL FROM:<u@x.org> HOLDFOR=604800"));
        AssertReply("501 5.5.4", Step(s_submission, user, "MAIL FROM:<u@x.org> HOLDFOR=604801"));
        AssertReply("250", Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> BY=-1;N"));
        AssertReply("501 5.5.4", Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> BY=0;R"));
    }

    [Fact]
    public void A_stranger_may_lower_the_priority_of_his_mail_and_not_raise_it()
    {
        Assert.Equal(0, Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> MT-PRIORITY=5").Next.MailParameters.Priority);
        Assert.Equal(-5, Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> MT-PRIORITY=-5").Next.MailParameters.Priority);
        var raising = s_mx with { MayRaisePriority = true };
        Assert.Equal(5, Step(raising, Ready(raising), "MAIL FROM:<u@x.org> MT-PRIORITY=5").Next.MailParameters.Priority);
    }

    [Fact]
    public void International_addresses_need_SMTPUTF8()
    {
        AssertReply("553 5.6.7", Step(s_mx, Ready(s_mx), "MAIL FROM:<\u00fc@x.org>"));
        var plain = Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org>").Next;
        AssertReply("553 5.6.7", Step(s_mx, plain, "RCPT TO:<\u00fc@local.example>"));
        var international = Step(s_mx, Ready(s_mx), "MAIL FROM:<\u00fc@x.org> SMTPUTF8").Next;
        AssertReply("250", Step(s_mx, international, "RCPT TO:<\u00fc@local.example>"));
    }

    [Fact]
    public void What_was_asked_for_recipients_stays_with_them()
    {
        var state = Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org>").Next;
        state = Step(s_mx, state, "RCPT TO:<a@local.example>").Next;
        Assert.Empty(state.Recipients.ToOptions());
        state = Step(s_mx, state, "RCPT TO:<b@local.example> NOTIFY=NEVER").Next;
        state = Step(s_mx, state, "RCPT TO:<c@local.example>").Next;
        Assert.Equal([RecipientOptions.None, new RecipientOptions { Notify = DsnNotify.Never }, RecipientOptions.None], state.Recipients.ToOptions());
    }

    [Fact]
    public void A_message_in_chunks_ends_with_the_last_one()
    {
        var state = Step(s_mx, Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org> BODY=BINARYMIME").Next, "RCPT TO:<a@local.example>").Next;
        AssertReply("503 5.5.1", Step(s_mx, state, "DATA"));
        Assert.Equal(SmtpServerEffect.ReceiveChunk, Step(s_mx, state, "BDAT 7").Effect);
        var taken = SmtpServerSession.ChunkTaken(state, 7, s_mx);
        Assert.Equal("250 2.0.0 7 octets received", taken.Reply.ToString());
        Assert.Equal(SmtpServerPhase.Chunks, taken.Next.Phase);
        Assert.Equal(0, taken.Next.Errors);
        Assert.Equal(1, SmtpServerSession.ChunkTaken(state, 0, s_mx).Next.Errors);

        var refused = SmtpServerSession.Complete(taken.Next, ServerReplies.BareLineEnd).Next;
        var behind = Step(s_mx, refused, "BDAT 5 LAST");
        AssertReply("503 5.5.1", behind);
        Assert.Equal((SmtpServerEffect.SkipChunk, 0), (behind.Effect, behind.Next.Errors));
        Assert.Equal(SmtpServerPhase.Ready, SmtpServerSession.Complete(taken.Next, SmtpServerSession.Queued("ID")).Next.Phase);
    }

    [Fact]
    public void Empty_chunks_without_end_close_the_session()
    {
        var state = Step(s_mx, Step(s_mx, Ready(s_mx), "MAIL FROM:<u@x.org>").Next, "RCPT TO:<a@local.example>").Next;
        SmtpStep step;
        var chunks = 0;
        do
        {
            step = SmtpServerSession.ChunkTaken(state, 0, s_mx);
            state = step.Next;
        }
        while (++chunks < 100 && step.Effect != SmtpServerEffect.Close);
        Assert.Equal(s_mx.MaximumErrors, chunks);
    }

    [Fact]
    public void Lmtp_has_its_own_greeting_and_counts_the_recipients_it_owes_a_reply()
    {
        var policy = s_mx with { Lmtp = true };
        AssertReply("500 5.5.2", Step(policy, State(), "EHLO c"));
        AssertReply("500 5.5.2", Step(policy, State(), "HELO c"));
        var state = Step(policy, State(), "LHLO c").Next;
        Assert.Equal(SmtpServerPhase.Ready, state.Phase);
        state = Step(policy, Step(policy, state, "MAIL FROM:<>").Next, "RCPT TO:<a@local.example>").Next;
        state = Step(policy, Step(policy, state, "RCPT TO:<a@local.example>").Next, "RCPT TO:<b@far.example>").Next;
        Assert.Equal((1, 2), (state.Recipients.Count, state.AcceptedRcpts));
        Assert.Equal(0, Step(policy, state, "RSET").Next.AcceptedRcpts);
    }

    [Fact]
    public void Trusted_peers_may_speak_for_others_and_run_queues()
    {
        var ready = Ready(s_trusting);
        var client = Step(s_trusting, ready, "XCLIENT ADDR=192.0.2.1");
        Assert.Equal((SmtpServerEffect.BecomeClient, SmtpServerPhase.Connected), (client.Effect, client.Next.Phase));
        AssertReply("250 2.0.0", Step(s_trusting, ready, "XFORWARD ADDR=192.0.2.1"));
        Assert.Equal(SmtpServerEffect.RunQueue, Step(s_trusting, ready, "ETRN x.org").Effect);
        AssertReply("503 5.5.1", Step(s_trusting, State(), "ETRN x.org"));
        var mail = Step(s_trusting, ready, "MAIL FROM:<u@x.org>").Next;
        foreach (var command in (string[])["XCLIENT ADDR=192.0.2.1", "XFORWARD ADDR=192.0.2.1", "ETRN x.org"])
        {
            AssertReply("503 5.5.1", Step(s_trusting, mail, command));
        }
    }

    [Fact]
    public void What_a_peer_says_of_the_origin_is_kept_for_one_message()
    {
        var state = Step(s_trusting, Ready(s_trusting), "XFORWARD NAME=a.example ADDR=192.0.2.1").Next;
        state = Step(s_trusting, state, "XFORWARD HELO=b.example IDENT=4F1 NAME=c.example").Next;
        state = Step(s_trusting, Step(s_trusting, state, "MAIL FROM:<u@x.org>").Next, "RCPT TO:<v@far.example>").Next;
        Assert.Equal(
            new ClientAttributes { Name = "c.example", Address = IPAddress.Parse("192.0.2.1"), Hello = "b.example", Identity = "4F1" }, state.Origin);

        Assert.Null(SmtpServerSession.Complete(state, ServerReplies.Ok).Next.Origin);
        Assert.Null(Step(s_trusting, state, "RSET").Next.Origin);
        Assert.Null(Step(s_trusting, state, "EHLO other").Next.Origin);
    }

    [Fact]
    public void What_others_refuse_is_undone()
    {
        var mail = Parse("MAIL FROM:<u@x.org>");
        var refused = SmtpServerSession.Refused(Ready(s_mx), mail, ServerReplies.RelayDenied, s_mx);
        Assert.Equal((SmtpServerPhase.Ready, true, 1), (refused.Next.Phase, refused.Next.MailRefused, refused.Next.Errors));
        var deferred = SmtpServerSession.Refused(Ready(s_mx), mail, ServerReplies.RateExceeded, s_mx);
        Assert.Equal((SmtpServerPhase.Ready, 0), (deferred.Next.Phase, deferred.Next.Errors));
    }

    private static string[] Offers(SmtpServerPolicy policy, SmtpServerState state) =>
        [.. Encoding.ASCII.GetString(Step(policy, state, "EHLO c").Reply.Octets).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line[4..])];

    private static SmtpServerState State() => SmtpServerState.Start;

    private static SmtpServerState Ready(SmtpServerPolicy policy) => Step(policy, State(), "EHLO c").Next;

    private static SmtpStep Step(SmtpServerPolicy policy, SmtpServerState state, string line) => SmtpServerSession.Step(state, Parse(line), policy);

    private static SmtpCommand Parse(string line) => SmtpCommandParser.Parse(Encoding.UTF8.GetBytes(line));

    private static void AssertReply(string expected, SmtpStep step) => Assert.StartsWith(expected, step.Reply.ToString(), StringComparison.Ordinal);
}
