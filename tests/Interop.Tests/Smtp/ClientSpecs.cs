using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>Other people's SMTP clients hand mail to the node.</summary>
public sealed class ClientSpecs(RelayFixture relay) : IClassFixture<RelayFixture>
{
    private const string Python = """
        import smtplib, sys
        client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="client.example.com")
        client.ehlo()
        for keyword in ("pipelining", "8bitmime", "enhancedstatuscodes", "size"):
            assert client.has_extn(keyword), keyword
        content = "Subject: grüße\r\n\r\n.a line that begins with a dot\r\nüber\r\n".encode()
        refused = client.sendmail("sender@example.com", sys.argv[2:], content, mail_options=["BODY=8BITMIME"])
        assert refused == {}, refused
        assert client.vrfy("user")[0] == 252
        assert client.noop()[0] == 250
        client.quit()
        """;

    [Fact]
    public async Task Swaks_sends_mail()
    {
        var sent = await SwaksAsync("swaks@example.org");

        Assert.True(sent.ExitCode == 0, sent.Output);
        var mail = Assert.Single(await relay.WaitForMailToAsync("swaks@example.org"));
        Assert.Equal("sender@example.com", mail.ReversePath);
        Assert.Contains("\r\nSubject: from swaks\r\n", mail.Text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello from swaks\r\n", mail.Text.TrimEnd() + "\r\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swaks_pipelines_its_commands()
    {
        var sent = await SwaksAsync("pipelined@example.org", "--pipeline");

        Assert.True(sent.ExitCode == 0, sent.Output);
        Assert.Single(await relay.WaitForMailToAsync("pipelined@example.org"));
    }

    [Fact]
    public async Task Python_smtplib_sends_mail_to_two_recipients()
    {
        var sent = await ChildProcess.RunAsync(
            PeerPrograms.Require("python3"),
            ["-c", Python, $"{relay.Node.Port}", "python1@example.org", "python2@example.org"],
            RelayFixture.Patience);

        Assert.True(sent.ExitCode == 0, sent.Output);
        var first = Assert.Single(await relay.WaitForMailToAsync("python1@example.org"));
        Assert.Single(await relay.WaitForMailToAsync("python2@example.org"));
        Assert.EndsWith("Subject: grüße\r\n\r\n.a line that begins with a dot\r\nüber\r\n", Encoding.UTF8.GetString(first.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MailKit_sends_a_message_with_an_attachment()
    {
        var attachment = new byte[300_000];
        new Random(7).NextBytes(attachment);
        var body = new BodyBuilder { TextBody = "see attachment" };
        body.Attachments.Add("data.bin", attachment);
        using var message = new MimeMessage { Subject = "from MailKit", Body = body.ToMessageBody() };
        message.From.Add(new MailboxAddress("Sender", "sender@example.com"));
        message.To.Add(new MailboxAddress("User", "mailkit@example.org"));

        using var client = new SmtpClient { LocalDomain = "client.example.com" };
        await client.ConnectAsync("127.0.0.1", relay.Node.Port, SecureSocketOptions.None, TestContext.Current.CancellationToken);
        Assert.True(client.Capabilities.HasFlag(SmtpCapabilities.Pipelining | SmtpCapabilities.EightBitMime | SmtpCapabilities.Size));
        await client.SendAsync(message, TestContext.Current.CancellationToken);
        await client.DisconnectAsync(true, TestContext.Current.CancellationToken);

        var mail = Assert.Single(await relay.WaitForMailToAsync("mailkit@example.org"));
        using var arrived = await MimeMessage.LoadAsync(new MemoryStream(mail.Content), TestContext.Current.CancellationToken);
        var part = Assert.IsType<MimePart>(Assert.Single(arrived.Attachments));
        using var decoded = new MemoryStream();
        await part.Content!.DecodeToAsync(decoded, TestContext.Current.CancellationToken);
        Assert.Equal(attachment, decoded.ToArray());
    }

    [Fact]
    public async Task Postfix_relays_through_the_node()
    {
        await using var postfix = await PostfixInstance.StartAsync(relay.Node.Port);

        var sent = await SmtpSource.RunAsync(postfix.Port, 50, 5, 2048, "through-postfix@example.org", RelayFixture.Patience);

        Assert.True(sent.ExitCode == 0, sent.Output);
        var mail = await relay.WaitForMailToAsync("through-postfix@example.org", 50);
        Assert.Equal(50, mail.Count);
        Assert.All(mail, one => Assert.Contains("by mail.postfix.example (Postfix)", one.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Smtp_source_sends_over_many_sessions_at_once()
    {
        var sent = await SmtpSource.RunAsync(relay.Node.Port, 1000, 50, 4096, "many@example.org", RelayFixture.Patience);

        Assert.True(sent.ExitCode == 0, sent.Output);
        Assert.Equal(1000, (await relay.WaitForMailToAsync("many@example.org", 1000)).Count);
        Assert.InRange(relay.Sink.PeakConnections, 1, relay.Node.Settings.Connections);
    }

    private Task<ProgramResult> SwaksAsync(string recipient, params string[] options) =>
        ChildProcess.RunAsync(
            PeerPrograms.Require("swaks"),
            [
                "--server", "127.0.0.1", "--port", $"{relay.Node.Port}", "--helo", "client.example.com", "--from", "sender@example.com",
                "--to", recipient, "--header", "Subject: from swaks", "--body", "hello from swaks", .. options,
            ],
            RelayFixture.Patience);
}
