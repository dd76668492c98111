using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class SmtpCommandParserSpecs
{
    [Theory]
    [InlineData("DATA", SimpleVerb.Data)]
    [InlineData("data", SimpleVerb.Data)]
    [InlineData("DaTa  \t ", SimpleVerb.Data)]
    [InlineData("RSET", SimpleVerb.Rset)]
    [InlineData("NOOP", SimpleVerb.Noop)]
    [InlineData("NOOP anything at all", SimpleVerb.Noop)]
    [InlineData("QUIT", SimpleVerb.Quit)]
    [InlineData("VRFY user", SimpleVerb.Vrfy)]
    [InlineData("HELP", SimpleVerb.Help)]
    [InlineData("HELP MAIL", SimpleVerb.Help)]
    public void Simple_verbs_are_read_in_any_case(string line, SimpleVerb verb) =>
        Assert.Equal(new SmtpCommand.Simple(verb), Parse(line));

    [Theory]
    [InlineData("EHLO mx.example.org", true, "mx.example.org")]
    [InlineData("helo MX", false, "MX")]
    [InlineData("EHLO [192.0.2.1]", true, "[192.0.2.1]")]
    [InlineData("EHLO [IPv6:2001:db8::1]", true, "[IPv6:2001:db8::1]")]
    [InlineData("HELO under_score", false, "under_score")]
    [InlineData("HELO my pc", false, "my?pc")]
    [InlineData("EHLO <script>(x)", true, "?script??x?")]
    [InlineData("EHLO [nonsense", true, "?nonsense")]
    [InlineData("EHLO \u00fc", true, "??")]
    public void Any_host_name_is_taken_and_made_harmless(string line, bool extended, string name) =>
        Assert.Equal(new SmtpCommand.Hello(extended, name), Parse(line));

    [Theory]
    [InlineData("MAIL FROM:<u@x.org>", "u@x.org", null, MailBodyType.SevenBit)]
    [InlineData("mail from:<u@X.org>", "u@x.org", null, MailBodyType.SevenBit)]
    [InlineData("MAIL FROM: <u@x.org>", "u@x.org", null, MailBodyType.SevenBit)]
    [InlineData("MAIL FROM:<>", "", null, MailBodyType.SevenBit)]
    [InlineData("MAIL FROM:<> SIZE=0", "", 0L, MailBodyType.SevenBit)]
    [InlineData("MAIL FROM:<u@x.org> SIZE=1234 BODY=8BITMIME", "u@x.org", 1234L, MailBodyType.EightBitMime)]
    [InlineData("MAIL FROM:<u@x.org> body=7bit size=99999999999999999999", "u@x.org", long.MaxValue, MailBodyType.SevenBit)]
    [InlineData("MAIL FROM:<\"> SIZE=1\"@x.org>", "\"> SIZE=1\"@x.org", null, MailBodyType.SevenBit)]
    public void Mail_has_a_path_and_parameters(string line, string path, long? size, MailBodyType body)
    {
        var mail = Assert.IsType<SmtpCommand.Mail>(Parse(line));
        Assert.Equal(path, mail.Path.ToString());
        Assert.Equal((size, body), (mail.Parameters.Size, mail.Parameters.Body));
    }

    [Fact]
    public void The_parameters_of_all_extensions_are_read()
    {
        var mail = Assert.IsType<SmtpCommand.Mail>(Parse(
            "MAIL FROM:<j\u00f6rg@b\u00fccher.example> SIZE=9 BODY=BINARYMIME SMTPUTF8 REQUIRETLS RET=hdrs ENVID=a+2Bb+20c AUTH=<> BY=-5;nT "
            + "HOLDUNTIL=2030-01-02T03:04:05+01:00 MT-PRIORITY=-9"));
        Assert.Equal("j\u00f6rg@xn--bcher-kva.example", mail.Path.ToString());
        Assert.Equal(
            new MailParameters(9, MailBodyType.BinaryMime)
            {
                HasBody = true,
                SmtpUtf8 = true,
                RequireTls = true,
                Return = DsnReturn.Headers,
                EnvelopeId = "a+b c",
                NamesAuthor = true,
                By = new DeliverByParameter(-5, DeliverByMode.Notify, Trace: true),
                HoldUntil = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
                Priority = -9,
            },
            mail.Parameters);
        Assert.Equal(60, Assert.IsType<SmtpCommand.Mail>(Parse("MAIL FROM:<> HOLDFOR=60")).Parameters.HoldForSeconds);
        var options = mail.Parameters.ToOptions(DateTimeOffset.UnixEpoch);
        Assert.Equal((MailBodyType.BinaryMime, true, true, DsnReturn.Headers, "a+b c", -9),
            (options.Body, options.SmtpUtf8, options.RequireTls, options.Return, options.EnvelopeId, options.Priority));
        Assert.Equal(new DeliverBy(DateTimeOffset.UnixEpoch.AddSeconds(-5), DeliverByMode.Notify, Trace: true), options.DeliverBy);
        Assert.Equal(mail.Parameters.HoldUntil, options.HoldUntil);
    }

    [Theory]
    [InlineData("NOTIFY=NEVER", DsnNotify.Never, null)]
    [InlineData("notify=success,Failure,DELAY", DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, null)]
    [InlineData("ORCPT=rfc822;u+2Bx@y.org", DsnNotify.Unspecified, "rfc822;u+2Bx@y.org")]
    [InlineData("ORCPT=utf-8;\u00fc@y.org NOTIFY=FAILURE", DsnNotify.Failure, "utf-8;\u00fc@y.org")]
    public void Recipients_have_parameters(string parameters, DsnNotify notify, string? original) => Assert.Equal(
        new RecipientOptions { Notify = notify, OriginalRecipient = original },
        Assert.IsType<SmtpCommand.Rcpt>(Parse("RCPT TO:<u@x.org> " + parameters)).Options);

    [Fact]
    public void The_commands_of_extensions_are_read()
    {
        Assert.Equal(new SmtpCommand.Bdat(10, IsLast: true), Parse("bdat 10 last"));
        Assert.Equal(new SmtpCommand.Bdat(0, IsLast: false), Parse("BDAT 0"));
        Assert.Equal(new SmtpCommand.Hello(true, "c") { IsLmtp = true }, Parse("LHLO c"));
        Assert.Equal(new SmtpCommand.Simple(SimpleVerb.StartTls), Parse("STARTTLS "));
        Assert.Equal(new SmtpCommand.Etrn("x.org", WithSubdomains: true), Parse("ETRN @X.org"));
        var auth = Assert.IsType<SmtpCommand.Auth>(Parse("AUTH plain AGEAYg=="));
        Assert.Equal("PLAIN", auth.Mechanism);
        Assert.Equal("\0a\0b"u8, auth.InitialResponse!.Value.Span);
        Assert.DoesNotContain("AGEA", auth.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Assert.IsType<SmtpCommand.Auth>(Parse("AUTH EXTERNAL =")).InitialResponse!.Value.Length);
        Assert.Null(Assert.IsType<SmtpCommand.Auth>(Parse("AUTH LOGIN")).InitialResponse);
        Assert.Equal(
            new ClientAttributes { Name = string.Empty, Address = System.Net.IPAddress.Parse("2001:db8::1"), Port = 25, Hello = "a?b", Login = "u" },
            Assert.IsType<SmtpCommand.XClient>(Parse("XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1 PORT=25 HELO=a+20b LOGIN=u DESTPORT=25")).Attributes);
        Assert.Equal(
            new ClientAttributes { Identity = "4F1", Source = "LOCAL", Protocol = "ESMTP" },
            Assert.IsType<SmtpCommand.XForward>(Parse("XFORWARD IDENT=4F1 SOURCE=LOCAL PROTO=ESMTP")).Attributes);
    }

    [Theory]
    [InlineData("RCPT TO:<u@x.org>", "u@x.org")]
    [InlineData("RCPT TO:<@a,@b:u@x.org>", "u@x.org")]
    [InlineData("RCPT TO:<postmaster>", "Postmaster")]
    [InlineData("rcpt to: <\"a\\\" b\"@x.org> ", "\"a\\\" b\"@x.org")]
    public void Rcpt_has_a_path(string line, string path) =>
        Assert.Equal(path, Assert.IsType<SmtpCommand.Rcpt>(Parse(line)).Path.ToString());

    [Theory]
    [InlineData("", "500 5.5.2")]
    [InlineData("   ", "500 5.5.2")]
    [InlineData("FOO", "500 5.5.2")]
    [InlineData("GET / HTTP/1.1", "500 5.5.2")]
    [InlineData("MAILFROM:<u@x.org>", "500 5.5.2")]
    [InlineData(" NOOP", "500 5.5.2")]
    [InlineData("NOOP\0", "500 5.5.2")]
    [InlineData("NOOP\rNOOP", "500 5.5.2")]
    [InlineData("NO\u00f6P", "500 5.5.2")]
    [InlineData("EXPN list", "502 5.5.1")]
    [InlineData("EHLO", "501 5.5.4")]
    [InlineData("HELO ", "501 5.5.4")]
    [InlineData("DATA now", "501 5.5.4")]
    [InlineData("RSET now", "501 5.5.4")]
    [InlineData("QUIT now", "501 5.5.4")]
    [InlineData("VRFY", "501 5.5.4")]
    [InlineData("MAIL", "501 5.5.4")]
    [InlineData("MAIL FROM", "501 5.5.4")]
    [InlineData("MAIL FROM:", "501 5.5.4")]
    [InlineData("MAIL FROM:u@x.org", "501 5.5.4")]
    [InlineData("MAIL TO:<u@x.org>", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org>SIZE=1", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> =", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE=", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE=-1", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE=1x", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE=1 SIZE=1", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SIZE=999999999999999999999", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BODY=9BIT", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BODY", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> A=B=C", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@@x.org>", "501 5.1.7")]
    [InlineData("MAIL FROM:<postmaster>", "501 5.1.7")]
    [InlineData("MAIL FROM:<u@[x:y]>", "550 5.1.8")]
    [InlineData("RCPT TO:<>", "501 5.1.3")]
    [InlineData("RCPT TO:<u@x..org>", "501 5.1.3")]
    [InlineData("RCPT TO:<u@[x:y]>", "550 5.1.2")]
    [InlineData("MAIL FROM:<u@x.org> XSPECIAL=1", "555 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> NOTIFY=NEVER", "555 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SMTPUTF8=1", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> SMTPUTF8 SMTPUTF8", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BODY=7BIT BODY=8BITMIME", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> REQUIRETLS=YES", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> RET=ALL", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> RET=FULL RET=HDRS", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> ENVID=a+0Ab", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> ENVID=a+2", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BY=120", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BY=120;X", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BY=120;RX", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BY=1234567890;R", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> BY=;R", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> HOLDFOR=1234567890", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> HOLDFOR=1 HOLDUNTIL=2030-01-01T00:00:00Z", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> HOLDUNTIL=tomorrow", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> HOLDUNTIL=2030-01-01T00:00:00", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> MT-PRIORITY=10", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> MT-PRIORITY=-10", "501 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> MT-PRIORITY=+1", "501 5.5.4")]
    [InlineData("MAIL FROM:<\u0080@x.org> SMTPUTF8", "501 5.1.7")]
    [InlineData("RCPT TO:<u@x.org> NOTIFY=NEVER,SUCCESS", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> NOTIFY=", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> NOTIFY=SUCCESS,", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> NOTIFY=SOON", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> ORCPT=u@x.org", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> ORCPT=rfc822;u+0D+0Ax", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> ORCPT=rfc822;", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> SIZE=1", "555 5.5.4")]
    [InlineData("BDAT", "501 5.5.4")]
    [InlineData("BDAT -1", "501 5.5.4")]
    [InlineData("BDAT 1 LAST LAST", "501 5.5.4")]
    [InlineData("BDAT 9999999999999999999", "501 5.5.4")]
    [InlineData("STARTTLS now", "501 5.5.4")]
    [InlineData("AUTH", "501 5.5.4")]
    [InlineData("AUTH PLAIN AGE", "501 5.5.2")]
    [InlineData("AUTH PLAIN A=GEAYg=", "501 5.5.2")]
    [InlineData("AUTH PL\u00c4IN", "501 5.5.4")]
    [InlineData("ETRN", "501 5.5.4")]
    [InlineData("ETRN #queue", "501 5.5.4")]
    [InlineData("ETRN [192.0.2.1]", "501 5.5.4")]
    [InlineData("XCLIENT", "501 5.5.4")]
    [InlineData("XCLIENT ADDR", "501 5.5.4")]
    [InlineData("XCLIENT ADDR=x", "501 5.5.4")]
    [InlineData("XCLIENT ADDR=2001:db8::1", "501 5.5.4")]
    [InlineData("XCLIENT HELO=a+0Ab", "501 5.5.4")]
    [InlineData("XFORWARD COLOUR=red", "501 5.5.4")]
    [InlineData("RCPT FROM:<u@x.org>", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> -x", "501 5.5.4")]
    public void What_is_no_command_is_answered_with_the_reason(string line, string reply)
    {
        var malformed = Assert.IsType<SmtpCommand.Malformed>(Parse(line));
        Assert.StartsWith(reply + " ", malformed.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal(line.StartsWith("MAIL ", StringComparison.Ordinal) || line == "MAIL", malformed.IsMail);
    }

    [Fact]
    public void A_host_name_may_have_255_octets()
    {
        Assert.IsType<SmtpCommand.Hello>(Parse("EHLO " + new string('a', 255)));
        Assert.IsType<SmtpCommand.Malformed>(Parse("EHLO " + new string('a', 256)));
    }

    [Fact]
    public void Whatever_the_octets_there_is_an_answer_and_nothing_harmful_in_it()
    {
        var prefixes = Gen.Elements("", "EHLO ", "HELO ", "MAIL FROM:<", "RCPT TO:<", "MAIL FROM:<u@x.org> ", "RCPT TO:<u@x.org> ",
            "BDAT ", "AUTH PLAIN ", "ETRN ", "XCLIENT ADDR=", "MAIL FROM:<u@x.org> BY=", "MAIL FROM:<u@x.org> ENVID=", "RCPT TO:<u@x.org> ORCPT=rfc822;");
        var tail = Gen.OneOf(Gen.Elements("\"\\@.<>[]:=, \r\n\0-a1"u8.ToArray()), ArbMap.Default.GeneratorFor<byte>()).ArrayOf();
        var lines = prefixes.SelectMany(_ => tail, (prefix, octets) => (byte[])[.. Encoding.ASCII.GetBytes(prefix), .. octets]);
        Prop.ForAll(lines.ToArbitrary(), line => SmtpCommandParser.Parse(line) switch
        {
            SmtpCommand.Hello hello => IsPrintable(hello.Name) && hello.Name.Length is >= 1 and <= 255 && !hello.Name.Contains(' ', StringComparison.Ordinal),
            SmtpCommand.Mail mail => IsHarmless(mail.Path.ToString()) && IsPrintable(mail.Parameters.EnvelopeId ?? string.Empty),
            SmtpCommand.Rcpt rcpt => IsHarmless(rcpt.Path.ToString()) && IsHarmless(rcpt.Options.OriginalRecipient ?? string.Empty),
            SmtpCommand.Bdat bdat => bdat.Size >= 0,
            SmtpCommand.Malformed malformed => malformed.Reply.Reply.IsPermanent,
            _ => true,
        }).Hold();
    }

    private static bool IsHarmless(string text) => !text.Any(char.IsControl);

    private static bool IsPrintable(string text) => text.All(c => c is >= ' ' and <= '~');

    private static SmtpCommand Parse(string line) => SmtpCommandParser.Parse(Encoding.UTF8.GetBytes(line));
}
