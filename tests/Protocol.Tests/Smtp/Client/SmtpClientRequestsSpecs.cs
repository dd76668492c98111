using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Client;

/// <summary>What a sender asked for goes on where the server offers it; where it must and cannot, the message comes back.</summary>
public sealed class SmtpClientRequestsSpecs
{
    private const string Everything =
        "250-mx\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250-REQUIRETLS\r\n250-DELIVERBY 60\r\n250 MT-PRIORITY";

    private const string Nothing = "250-mx\r\n250 PIPELINING";

    private readonly ArrayBufferWriter<byte> _output = new();

    public static TheoryData<MailOptions, string> MailParameters => new()
    {
        { MailOptions.None, "" },
        { new MailOptions { Return = DsnReturn.Full, EnvelopeId = "a+b =c" }, " RET=FULL ENVID=a+2Bb+20+3Dc" },
        { new MailOptions { Return = DsnReturn.Headers }, " RET=HDRS" },
        { new MailOptions { Priority = -9 }, " MT-PRIORITY=-9" },
        { new MailOptions { Priority = 4 }, " MT-PRIORITY=4" },
        { new MailOptions { DeliverBy = new DeliverBy(default, DeliverByMode.Return, Trace: true) }, " BY=100;RT" },
        { new MailOptions { DeliverBy = new DeliverBy(default, DeliverByMode.Notify, Trace: false) }, " BY=100;N" },
        { new MailOptions { SmtpUtf8 = true }, "" },
        { new MailOptions { Body = MailBodyType.BinaryMime }, " BODY=BINARYMIME" },
        { new MailOptions { HoldUntil = DateTimeOffset.UnixEpoch }, "" },
    };

    [Theory]
    [MemberData(nameof(MailParameters))]
    public void Mail_has_what_was_asked_for_where_it_is_offered(MailOptions asked, string parameters)
    {
        var session = Open(Everything);

        Begin(session, asked);

        Assert.StartsWith($"MAIL FROM:<s@y>{parameters}\r\nRCPT TO:<a@x>\r\n", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_that_is_not_offered()
    {
        var session = Open(Nothing);
        var asked = new MailOptions
        {
            Return = DsnReturn.Full,
            EnvelopeId = "id",
            Priority = 3,
            SmtpUtf8 = true,
            DeliverBy = new DeliverBy(default, DeliverByMode.Notify, Trace: false),
        };

        Begin(session, asked, new RecipientOptions { Notify = DsnNotify.Success, OriginalRecipient = "rfc822;o@z" });

        Assert.Equal("MAIL FROM:<s@y>\r\nRCPT TO:<a@x>\r\nDATA\r\n", Written());
    }

    [Theory]
    [InlineData(DsnNotify.Never, null, " NOTIFY=NEVER")]
    [InlineData(DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, null, " NOTIFY=SUCCESS,FAILURE,DELAY")]
    [InlineData(DsnNotify.Failure, "rfc822;a+2Bb@z", " NOTIFY=FAILURE ORCPT=rfc822;a+2Bb@z")]
    [InlineData(DsnNotify.Unspecified, "utf-8;j\u00f6@z", " ORCPT=utf-8;j\\x{F6}@z")]
    [InlineData(DsnNotify.Unspecified, "utf-8;\\x{F6}+\u00f6@z", " ORCPT=utf-8;\\x{F6}\\x{2B}\\x{F6}@z")]
    [InlineData(DsnNotify.Unspecified, "rfc822;a b@z", "")]
    [InlineData(DsnNotify.Unspecified, "rfc822;a\r\nDATA", "")]
    public void Rcpt_has_what_was_asked_for(DsnNotify notify, string? original, string parameters)
    {
        var session = Open(Everything);

        Begin(session, MailOptions.None, new RecipientOptions { Notify = notify, OriginalRecipient = original });

        Assert.Contains($"\r\nRCPT TO:<a@x>{parameters}\r\nDATA\r\n", Written(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s@y", "j\u00f6@x", false, true)]
    [InlineData("s\u00f6@y", "a@x", false, true)]
    [InlineData("s@y", "a@x", true, true)]
    [InlineData("s@y", "a@x", false, false)]
    public void Smtputf8_is_used_only_where_it_is_needed(string reversePath, string recipient, bool header, bool isUsed)
    {
        var session = Open(Everything);
        var requests = new SmtpRequests(new MailOptions { SmtpUtf8 = true }, []) { HeaderNeedsUtf8 = header };

        session.Begin(new SmtpEnvelope(reversePath, [recipient], 9, EightBit: true) { Requests = requests }, _output);

        Assert.StartsWith($"MAIL FROM:<{reversePath}> BODY=8BITMIME{(isUsed ? " SMTPUTF8" : "")}\r\n", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void In_smtputf8_the_original_recipient_goes_as_it_is()
    {
        var session = Open(Everything);
        var requests = new SmtpRequests(MailOptions.None, [new RecipientOptions { OriginalRecipient = "utf-8;\u00fc@z" }]);

        session.Begin(new SmtpEnvelope("s@y", ["j\u00f6@x"], 9, EightBit: false) { Requests = requests }, _output);

        Assert.Contains("RCPT TO:<j\u00f6@x> ORCPT=utf-8;\u00fc@z\r\n", Written(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s\u00f6@y", false, "Bounced Message 550 5.6.7 ")]
    [InlineData("s@y", true, "Bounced Message 550 5.6.7 ")]
    public void What_needs_smtputf8_as_a_whole_bounces_without_it(string reversePath, bool header, string outcome)
    {
        var session = Open(Nothing);
        var requests = new SmtpRequests(new MailOptions { SmtpUtf8 = true }, []) { HeaderNeedsUtf8 = header };

        var step = session.Begin(new SmtpEnvelope(reversePath, ["a@x"], 9, EightBit: true) { Requests = requests }, _output);

        Assert.Equal((SmtpClientStep.Done, ""), (step, Written()));
        Assert.StartsWith(outcome, Assert.Single(Outcomes(session)), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_recipients_that_need_smtputf8_bounce_where_the_rest_does_not()
    {
        var session = Open(Nothing);

        session.Begin(new SmtpEnvelope("s@y", ["a@x", "j\u00f6@x"], 9, EightBit: false), _output);

        Assert.Equal("MAIL FROM:<s@y>\r\nRCPT TO:<a@x>\r\nDATA\r\n", Written());
        Assert.StartsWith("Bounced Recipient 553 5.6.7 ", $"{session.Outcomes[1].Kind} {session.Outcomes[1].Scope} {session.Outcomes[1].Reply}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, "5.7.10")]
    [InlineData(false, true, "5.7.30")]
    [InlineData(false, false, "5.7.10")]
    public void Requiretls_goes_to_verified_servers_that_offer_it_and_to_no_others(bool isOffered, bool isVerified, string? status)
    {
        var session = new SmtpClientSession(new SmtpClientOptions("me", Lmtp: false, StartTls: true));
        Feed(session, "220 hi", "250-mx\r\n250 STARTTLS", "220 go");
        session.OnTlsEstablished(isVerified, _output);
        Feed(session, isOffered ? "250-mx\r\n250 REQUIRETLS" : "250 mx");
        Written();

        Begin(session, new MailOptions { RequireTls = true });

        Assert.Equal(status is null ? "MAIL FROM:<s@y> REQUIRETLS\r\n" : "", Written());
        Assert.Equal(status, status is null ? null : session.Outcomes[0].Reply.Enhanced.ToString());
    }

    [Fact]
    public void Requiretls_is_not_about_lmtp()
    {
        var session = new SmtpClientSession(new SmtpClientOptions("me", Lmtp: true, StartTls: false));
        Feed(session, "220 hi", "250 lmtp");
        Written();

        Begin(session, new MailOptions { RequireTls = true });

        Assert.Equal("MAIL FROM:<s@y>\r\n", Written());
    }

    [Theory]
    [InlineData(60, DeliverByMode.Return, null)]
    [InlineData(59, DeliverByMode.Return, "5.4.7")]
    [InlineData(0, DeliverByMode.Return, "5.4.7")]
    [InlineData(1, DeliverByMode.Notify, null)]
    [InlineData(-7, DeliverByMode.Notify, null)]
    public void A_server_that_needs_longer_than_the_time_that_is_left_gets_nothing(long left, DeliverByMode mode, string? status)
    {
        var session = Open(Everything);
        var requests = new SmtpRequests(new MailOptions { DeliverBy = new DeliverBy(default, mode, Trace: false) }, []) { DeliverBySeconds = left };

        session.Begin(new SmtpEnvelope("s@y", ["a@x"], 9, EightBit: false) { Requests = requests }, _output);

        var written = Written();
        Assert.Equal(status, status is null ? null : session.Outcomes[0].Reply.Enhanced.ToString());
        Assert.Equal(status is null, written.Contains($" BY={left};", StringComparison.Ordinal));
    }

    [Fact]
    public void Binary_content_goes_in_one_chunk_after_the_recipients_are_known()
    {
        var session = Open(Everything);
        Begin(session, new MailOptions { Body = MailBodyType.BinaryMime });
        Assert.Equal("MAIL FROM:<s@y> BODY=BINARYMIME\r\nRCPT TO:<a@x>\r\n", Written());
        Assert.True(session.UsesChunking);
        Assert.Equal(SmtpClientStep.AwaitReply, Feed(session, "250 ok"));
        Assert.Equal(SmtpClientStep.SendContent, Feed(session, "250 ok"));
        Assert.Equal("BDAT 9 LAST\r\n", Written());
        session.OnContentSent();
        Assert.Equal(SmtpClientStep.Done, Feed(session, "250 2.0.0 taken"));
        Assert.Equal(["Delivered None 250 2.0.0 taken"], Outcomes(session));

        Begin(session, MailOptions.None);
        Assert.StartsWith("MAIL FROM:<s@y>\r\n", Written(), StringComparison.Ordinal);
        Assert.False(session.UsesChunking);
    }

    [Fact]
    public void A_chunk_is_not_sent_to_nobody_and_one_that_failed_is_followed_by_rset()
    {
        var session = Open(Everything);
        Begin(session, new MailOptions { Body = MailBodyType.BinaryMime });
        Written();
        Assert.Equal(SmtpClientStep.Done, Feed(session, "250 ok", "550 5.1.1 who?"));
        Assert.Equal("", Written());

        Begin(session, new MailOptions { Body = MailBodyType.BinaryMime });
        Feed(session, "250 reset", "250 ok", "250 ok");
        session.OnContentSent();
        Written();
        Assert.Equal(SmtpClientStep.Done, Feed(session, "552 5.3.4 too large"));
        Begin(session, MailOptions.None);
        Assert.StartsWith("RSET\r\n", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_content_bounces_where_no_chunks_are_taken()
    {
        var session = Open("250-mx\r\n250 CHUNKING");

        Begin(session, new MailOptions { Body = MailBodyType.BinaryMime });

        Assert.StartsWith("Bounced Message 554 5.6.1 ", Assert.Single(Outcomes(session)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_refused_before_it_begins_leaves_the_session_ready()
    {
        var session = Open(Nothing);
        var outcome = new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Message, LocalReply.EightBitNotTaken);

        Assert.Equal(SmtpClientStep.Done, session.Refuse(2, outcome));

        Assert.Equal([outcome, outcome], session.Outcomes);
        Begin(session, MailOptions.None);
        Assert.StartsWith("MAIL", Written(), StringComparison.Ordinal);
    }

    private static ImmutableArray<string> Outcomes(SmtpClientSession session)
        => [.. session.Outcomes.Select(outcome => $"{outcome.Kind} {outcome.Scope} {outcome.Reply}")];

    private SmtpClientSession Open(string ehlo)
    {
        var session = new SmtpClientSession(new SmtpClientOptions("me", Lmtp: false, StartTls: false));
        Assert.Equal(SmtpClientStep.Ready, Feed(session, "220 hi", ehlo));
        Written();
        return session;
    }

    private void Begin(SmtpClientSession session, MailOptions asked, RecipientOptions? recipient = null)
    {
        var requests = new SmtpRequests(asked, recipient is null ? [] : [recipient]) { DeliverBySeconds = 100 };
        session.Begin(new SmtpEnvelope("s@y", ["a@x"], 9, EightBit: false) { Requests = requests }, _output);
    }

    private SmtpClientStep Feed(SmtpClientSession session, params string[] replies)
    {
        var step = SmtpClientStep.AwaitReply;
        foreach (var wire in replies)
        {
            var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(wire + "\r\n"));
            Assert.Equal(ReplyParseStatus.Complete, new SmtpReplyParser().Read(ref buffer, out var reply));
            step = session.OnReply(reply!, _output);
        }

        return step;
    }

    private string Written()
    {
        var text = Encoding.UTF8.GetString(_output.WrittenSpan);
        _output.ResetWrittenCount();
        return text;
    }
}
