using System.Text;
using FsCheck;
using FsCheck.Fluent;
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
        Assert.Equal(new MailParameters(size, body), mail.Parameters);
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
    [InlineData("AUTH PLAIN AGEAYg==", "502 5.5.1")]
    [InlineData("STARTTLS", "502 5.5.1")]
    [InlineData("BDAT 10 LAST", "502 5.5.1")]
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
    [InlineData("MAIL FROM:<u@x.org> SMTPUTF8", "555 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> RET=HDRS", "555 5.5.4")]
    [InlineData("MAIL FROM:<u@x.org> AUTH=<>", "555 5.5.4")]
    [InlineData("MAIL FROM:<u@@x.org>", "501 5.1.7")]
    [InlineData("MAIL FROM:<postmaster>", "501 5.1.7")]
    [InlineData("MAIL FROM:<u@[x:y]>", "550 5.1.8")]
    [InlineData("MAIL FROM:<\u00fc@x.org>", "553 5.6.7")]
    [InlineData("RCPT TO:<>", "501 5.1.3")]
    [InlineData("RCPT TO:<u@x..org>", "501 5.1.3")]
    [InlineData("RCPT TO:<u@[x:y]>", "550 5.1.2")]
    [InlineData("RCPT TO:<\u00fc@x.org>", "553 5.6.7")]
    [InlineData("RCPT FROM:<u@x.org>", "501 5.5.4")]
    [InlineData("RCPT TO:<u@x.org> NOTIFY=NEVER", "555 5.5.4")]
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
        var prefixes = Gen.Elements("", "EHLO ", "HELO ", "MAIL FROM:<", "RCPT TO:<", "MAIL FROM:<u@x.org> ", "RCPT TO:<u@x.org> ");
        var tail = Gen.OneOf(Gen.Elements("\"\\@.<>[]:=, \r\n\0-a1"u8.ToArray()), ArbMap.Default.GeneratorFor<byte>()).ArrayOf();
        var lines = prefixes.SelectMany(_ => tail, (prefix, octets) => (byte[])[.. Encoding.ASCII.GetBytes(prefix), .. octets]);
        Prop.ForAll(lines.ToArbitrary(), line => SmtpCommandParser.Parse(line) switch
        {
            SmtpCommand.Hello hello => IsPrintable(hello.Name) && hello.Name.Length is >= 1 and <= 255 && !hello.Name.Contains(' ', StringComparison.Ordinal),
            SmtpCommand.Mail mail => IsPrintable(mail.Path.ToString()),
            SmtpCommand.Rcpt rcpt => IsPrintable(rcpt.Path.ToString()),
            SmtpCommand.Malformed malformed => malformed.Reply.Reply.IsPermanent,
            _ => true,
        }).Hold();
    }

    private static bool IsPrintable(string text) => text.All(c => c is >= ' ' and <= '~');

    private static SmtpCommand Parse(string line) => SmtpCommandParser.Parse(Encoding.UTF8.GetBytes(line));
}
