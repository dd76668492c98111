using System.Text;
using System.Text.RegularExpressions;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>Postfix hands mail to the node, with every extension that its client speaks.</summary>
public sealed partial class PostfixClientSpecs(SubmissionFixture node) : IClassFixture<SubmissionFixture>
{
    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("LOGIN", false)]
    [InlineData("SCRAM-SHA-256", false)]
    [InlineData("PLAIN", true)]
    public async Task It_logs_in_over_TLS(string mechanism, bool isImplicit)
    {
        RequireSaslModules();
        await using var postfix = await PostfixInstance.StartAsync(
            isImplicit ? node.SubmissionsPort : node.SubmissionPort,
            "smtp_tls_security_level = secure",
            $"smtp_tls_CAfile = {node.CertificateFile}",
            $"smtp_tls_secure_cert_match = {SubmissionFixture.Host}",
            $"smtp_tls_wrappermode = {(isImplicit ? "yes" : "no")}",
            "smtp_tls_loglevel = 1",
            "smtp_sasl_auth_enable = yes",
            $"smtp_sasl_password_maps = static:{{{SubmissionFixture.User}:{SubmissionFixture.Password}}}",
            "smtp_sasl_security_options = noanonymous",
            "smtp_sasl_tls_security_options = noanonymous",
            $"smtp_sasl_mechanism_filter = {mechanism}");
        var recipient = $"postfix-{mechanism}-{isImplicit}@far.example";

        await SubmitAsync(postfix, $"MAIL FROM:<{SubmissionFixture.User}>", [$"RCPT TO:<{recipient}>"], $"From: {SubmissionFixture.User}\r\n\r\nhello\r\n");

        var sent = await postfix.WaitForLogAsync(line => line.Contains("status=", StringComparison.Ordinal), SubmissionFixture.Patience);
        var log = await postfix.ReadLogAsync();
        Assert.True(sent.Contains("dsn=2.0.0, status=sent (250 2.0.0 ", StringComparison.Ordinal), log);
        Assert.Contains("Verified TLS connection established", log, StringComparison.Ordinal);
        Assert.Matches($@"Received: from mail\.postfix\.example [^;]* with ESMTPSA id ", (await node.WaitForMailToAsync(recipient)).Text);
    }

    [Fact]
    public async Task It_hands_on_in_one_breath_what_it_was_asked_for_and_so_does_the_node()
    {
        await using var tap = SmtpWiretap.Start(node.Node.Port);
        await using var postfix = await PostfixInstance.StartAsync(tap.EndPoint.Port);

        await SubmitAsync(
            postfix,
            "MAIL FROM:<sender@far.example> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B314",
            ["RCPT TO:<j\u00f6rg@far.example> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;j\u00f6rg@example.org", "RCPT TO:<other@far.example> NOTIFY=NEVER"],
            "Subject: gr\u00fc\u00dfe\r\n\r\nna\u00efve\r\n");

        var local = Latin1("j\u00f6rg");
        var mail = await node.WaitForMailToAsync($"{local}@far.example");
        Assert.EndsWith(Latin1("Subject: gr\u00fc\u00dfe\r\n\r\nna\u00efve\r\n"), mail.Text, StringComparison.Ordinal);
        Assert.Matches(@"Received: from mail\.postfix\.example [^;]* with UTF8SMTP id ", mail.Text);
        Assert.Matches(" BODY=8BITMIME SMTPUTF8$", mail.Commands[0]);

        // PIPELINING: no answer in between. SIZE, 8BITMIME, SMTPUTF8 and DSN with what they say.
        AssertSaid(
            tap,
            $"{SmtpWiretap.Answer}MAIL FROM:<sender@far\\.example> SIZE=[1-9][0-9]* BODY=8BITMIME ENVID=QQ\\+2B314 RET=HDRS SMTPUTF8\r\n"
            + $"RCPT TO:<{local}@far\\.example> ORCPT=utf-8;[^ ]*rg@example\\.org NOTIFY=SUCCESS,DELAY\r\n"
            + "RCPT TO:<other@far\\.example> (ORCPT=[^ ]* )?NOTIFY=NEVER\r\nDATA\r\n");

        // The sink has no DSN: the node says itself that the mail was relayed, and to whom it was addressed at first.
        var report = await node.WaitForMailToAsync("sender@far.example");
        Assert.Contains("Action: relayed", report.Text, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: QQ+314", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("other@far.example", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_returns_what_is_larger_than_the_node_takes_without_sending_it()
    {
        await using var tap = SmtpWiretap.Start(node.Node.Port);
        await using var postfix = await PostfixInstance.StartAsync(tap.EndPoint.Port);

        await SubmitAsync(
            postfix,
            "MAIL FROM:<>",
            ["RCPT TO:<large@far.example>"],
            "\r\n" + string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", (SubmissionFixture.MaximumMessageSize / 1000) + 1)));

        var bounced = await postfix.WaitForLogAsync(line => line.Contains("status=bounced", StringComparison.Ordinal), SubmissionFixture.Patience);
        Assert.Matches($@"message size \d+ exceeds size limit {SubmissionFixture.MaximumMessageSize} of server", bounced);
        Assert.DoesNotContain("MAIL FROM", tap.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_tells_a_node_that_trusts_it_whom_its_client_was()
    {
        await using var tap = SmtpWiretap.Start(node.MxPort);
        await using var postfix = await PostfixInstance.StartAsync(tap.EndPoint.Port, "smtp_send_xforward_command = yes");

        await SubmitAsync(postfix, "MAIL FROM:<xforward@far.example>", ["RCPT TO:<ann@example.net>"], "\r\nhello\r\n");

        await postfix.WaitForLogAsync(line => line.Contains("status=sent", StringComparison.Ordinal), SubmissionFixture.Patience);
        AssertSaid(tap, "XFORWARD (NAME=[^\r ]* )?ADDR=127\\.0\\.0\\.1[^\r]*\r\n");
        await Poll.UntilAsync(
            () => Task.FromResult(OriginLogged().IsMatch(node.Node.Output)), SubmissionFixture.Patience, TimeSpan.FromMilliseconds(50), () => node.Node.Output);
    }

    [Fact]
    public async Task Its_lmtp_has_an_answer_for_each_recipient()
    {
        await using var postfix = await PostfixInstance.StartAsync(
            nextHopPort: null, "relayhost =", $"default_transport = lmtp:inet:127.0.0.1:{node.LmtpPort}");

        await SubmitAsync(postfix, "MAIL FROM:<>", ["RCPT TO:<bob+lmtp@example.net>", "RCPT TO:<nobody@example.net>"], "\r\nhello\r\n");

        await postfix.WaitForLogAsync(line => SentByLmtp().IsMatch(line), SubmissionFixture.Patience);
        await postfix.WaitForLogAsync(line => RefusedByLmtp().IsMatch(line), SubmissionFixture.Patience);
        Assert.Contains(" with LMTP id ", (await node.WaitForMailToAsync("bob+lmtp@example.net")).Text, StringComparison.Ordinal);
    }

    private static void RequireSaslModules() => Assert.SkipUnless(
        Directory.Exists("/usr/lib") && Directory.GetDirectories("/usr/lib").Any(directory => File.Exists(Path.Combine(directory, "sasl2/libplain.so"))),
        "Postfix has no SASL mechanisms here: it takes Debian's libsasl2-modules");

    private static void AssertSaid(SmtpWiretap tap, string pattern) => Assert.True(Regex.IsMatch(tap.Said, pattern), tap.Said);

    // Octets of UTF-8, one char each.
    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static async Task SubmitAsync(PostfixInstance postfix, string mail, IEnumerable<string> recipients, string content)
    {
        await using var client = await RawSmtpClient.ConnectAsync(postfix.Port, TestContext.Current.CancellationToken);
        foreach (var command in recipients.Prepend(mail))
        {
            var reply = await client.CommandAsync(Latin1(command), TestContext.Current.CancellationToken);
            Assert.True(reply.Code == 250, $"{command}: {reply}");
        }

        Assert.Equal(354, (await client.CommandAsync("DATA", TestContext.Current.CancellationToken)).Code);
        Assert.Equal(250, (await client.FinishContentAsync(Encoding.UTF8.GetBytes(content), TestContext.Current.CancellationToken)).Code);
    }

    [GeneratedRegex("""
        "event":"MessageOrigin".*"origin":"127\.0\.0\.1".*"originId":"[0-9A-F]+"
        """)]
    private static partial Regex OriginLogged();

    [GeneratedRegex(@"to=<bob\+lmtp@example\.net>, .* dsn=2\.0\.0, status=sent \(250 2\.0\.0 ")]
    private static partial Regex SentByLmtp();

    [GeneratedRegex(@"to=<nobody@example\.net>, .* dsn=5\.1\.1, status=bounced \(.* said: 550 5\.1\.1 ")]
    private static partial Regex RefusedByLmtp();
}
