using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>Other people's clients over TLS: they log in, and ask for what they know.</summary>
public sealed class SubmissionSpecs(SubmissionFixture node) : IClassFixture<SubmissionFixture>
{
    private const string Python = """
        import smtplib, ssl, sys
        port, certificate, user, password, recipient, mechanism = sys.argv[1:]
        client = smtplib.SMTP("127.0.0.1", int(port), local_hostname="client.example.com")
        client._host = "mx.example.net"
        client.ehlo()
        assert client.docmd("MAIL FROM:<ann@example.net>")[0] == 530
        client.starttls(context=ssl.create_default_context(cafile=certificate))
        client.ehlo()
        assert client.docmd("MAIL FROM:<ann@example.net>")[0] == 530
        client.user, client.password = user, password
        assert client.auth(mechanism, getattr(client, "auth_" + mechanism.lower()))[0] == 235
        assert client.docmd("MAIL FROM:<eve@example.net>")[0] == 553
        assert client.sendmail(user, [recipient], "From: " + user + "\r\nSubject: python\r\n\r\nhello\r\n") == {}
        client.quit()
        """;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task Python_logs_in_after_STARTTLS(string mechanism)
    {
        var recipient = $"python-{mechanism}@far.example";
        var sent = await ChildProcess.RunAsync(
            PeerPrograms.Require("python3"),
            ["-c", Python, $"{node.SubmissionPort}", node.CertificateFile, SubmissionFixture.User, SubmissionFixture.Password, recipient, mechanism],
            SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
        var mail = await node.WaitForMailToAsync(recipient);
        Assert.Contains(" with ESMTPSA id ", mail.Text, StringComparison.Ordinal);
        Assert.Contains("\r\nMessage-ID: <", mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN", true)]
    [InlineData("LOGIN", false)]
    [InlineData("SCRAM-SHA-256", true)]
    [InlineData("SCRAM-SHA-256", false)]
    [InlineData("SCRAM-SHA-256-PLUS", true)]
    public async Task MailKit_logs_in(string mechanism, bool isImplicit)
    {
        using var client = await ConnectAsync(isImplicit);
        Assert.Contains(mechanism, client.AuthenticationMechanisms);
        await client.AuthenticateAsync(Mechanism(mechanism), TestContext.Current.CancellationToken);
        var recipient = $"mailkit-{mechanism}-{isImplicit}@far.example";
        await client.SendAsync(Message(recipient), TestContext.Current.CancellationToken);
        await client.DisconnectAsync(true, TestContext.Current.CancellationToken);
        Assert.Contains(" with ESMTPSA id ", (await node.WaitForMailToAsync(recipient)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_and_a_stranger_hear_the_same()
    {
        var words = new List<string>();
        foreach (var (user, password) in ((string, string)[])[(SubmissionFixture.User, "wrong"), ("nobody@example.net", "wrong")])
        {
            using var client = await ConnectAsync(isImplicit: true);
            var refused = await Assert.ThrowsAsync<AuthenticationException>(
                () => client.AuthenticateAsync(new SaslMechanismPlain(user, password), TestContext.Current.CancellationToken));
            words.Add(refused.Message);
        }

        Assert.Equal(words[0], words[1]);
        Assert.StartsWith("535: 5.7.8", words[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task MailKit_sends_in_chunks_with_international_addresses_and_asks_for_notifications()
    {
        using var client = await ConnectAsync(isImplicit: true);
        await client.AuthenticateAsync(SubmissionFixture.User, SubmissionFixture.Password, TestContext.Current.CancellationToken);
        Assert.True(client.Capabilities.HasFlag(
            SmtpCapabilities.Chunking | SmtpCapabilities.BinaryMime | SmtpCapabilities.UTF8 | SmtpCapabilities.Dsn | SmtpCapabilities.RequireTLS | SmtpCapabilities.Size));
        using var message = Message("mailkit-chunks@far.example");
        message.Subject = "gr\u00fc\u00dfe";
        var format = FormatOptions.Default.Clone();
        format.International = true;
        await client.SendAsync(format, message, TestContext.Current.CancellationToken);
        var mail = await node.WaitForMailToAsync("mailkit-chunks@far.example");
        Assert.Contains("hello from MailKit", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swaks_logs_in_over_TLS()
    {
        var swaks = PeerPrograms.Require("swaks");
        var sent = await ChildProcess.RunAsync(
            swaks,
            ["--server", "127.0.0.1", "--port", $"{node.SubmissionsPort}", "--tls-on-connect", "--auth", "PLAIN", "--auth-user", SubmissionFixture.User,
                "--auth-password", SubmissionFixture.Password, "--from", SubmissionFixture.User, "--to", "swaks-tls@far.example", "--header", "From: " + SubmissionFixture.User],
            SubmissionFixture.Patience);
        Assert.SkipWhen(sent.Output.Contains("TLS not available", StringComparison.Ordinal), "swaks has no TLS here: it takes Debian's libnet-ssleay-perl");
        Assert.True(sent.ExitCode == 0, sent.Output);
        await node.WaitForMailToAsync("swaks-tls@far.example");
    }

    [Fact]
    public async Task Curl_logs_in_after_STARTTLS()
    {
        var mail = Path.Combine(Path.GetDirectoryName(node.CertificateFile)!, "curl.eml");
        await File.WriteAllTextAsync(mail, $"From: {SubmissionFixture.User}\r\nSubject: curl\r\n\r\nhello\r\n", TestContext.Current.CancellationToken);
        var sent = await ChildProcess.RunAsync(
            PeerPrograms.Require("curl"),
            ["--silent", "--show-error", "--ssl-reqd", "--cacert", node.CertificateFile, "--resolve", $"{SubmissionFixture.Host}:{node.SubmissionPort}:127.0.0.1",
                "--user", $"{SubmissionFixture.User}:{SubmissionFixture.Password}", "--mail-from", SubmissionFixture.User, "--mail-rcpt", "curl@far.example",
                "--upload-file", mail, $"smtp://{SubmissionFixture.Host}:{node.SubmissionPort}/client.example.com"],
            SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
        await node.WaitForMailToAsync("curl@far.example");
    }

    [Fact]
    public async Task Python_delivers_by_LMTP()
    {
        const string script = """
            import smtplib, sys
            client = smtplib.LMTP("127.0.0.1", int(sys.argv[1]), local_hostname="client.example.com")
            refused = client.sendmail("u@x.org", ["ann@example.net", "nobody@example.net", "bob+tag@example.net"], "Subject: lmtp\r\n\r\nhello\r\n")
            assert list(refused) == ["nobody@example.net"] and refused["nobody@example.net"][0] == 550, refused
            client.quit()
            """;
        var sent = await ChildProcess.RunAsync(PeerPrograms.Require("python3"), ["-c", script, $"{node.LmtpPort}"], SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
        Assert.Contains(" with LMTP id ", (await node.WaitForMailToAsync("bob+tag@example.net")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_recipients_are_refused_at_RCPT_and_aliases_are_expanded()
    {
        const string script = """
            import smtplib, sys
            client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="client.example.com")
            client.ehlo()
            assert client.docmd("MAIL FROM:<alias-sender@x.org>")[0] == 250
            assert client.docmd("RCPT TO:<nobody@example.net>") == (550, b"5.1.1 No such mailbox here"), client.docmd("NOOP")
            assert client.docmd("RCPT TO:<x@far.example>")[0] == 550
            assert client.docmd("RCPT TO:<sales@example.net>")[0] == 250
            assert client.docmd("RCPT TO:<postmaster@example.net>")[0] == 250
            assert client.data("Subject: aliases\r\n\r\nhello\r\n")[0] == 250
            """;
        var sent = await ChildProcess.RunAsync(PeerPrograms.Require("python3"), ["-c", script, $"{node.MxPort}"], SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
        await node.Sink.WaitUntilAsync(
            () => node.Sink.Received.Where(mail => mail.ReversePath == "alias-sender@x.org").SelectMany(mail => mail.Recipients).Distinct().Count() == 3, SubmissionFixture.Patience);
        Assert.Equal(
            ["ann@example.net", "bob@example.net", "postmaster@example.net"],
            node.Sink.Received.Where(mail => mail.ReversePath == "alias-sender@x.org").SelectMany(mail => mail.Recipients).Distinct().Order());
    }

    [Fact]
    public async Task Text_behind_STARTTLS_is_thrown_away()
    {
        const string script = """
            import socket, ssl, sys
            plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            lines = plain.makefile("rb")
            lines.readline()
            plain.sendall(b"EHLO client.example.com\r\n")
            while lines.readline()[3:4] == b"-":
                pass
            plain.sendall(b"STARTTLS\r\nMAIL FROM:<evil@x.org>\r\nRCPT TO:<ann@example.net>\r\n")
            assert lines.readline().startswith(b"220 ")
            secure = ssl._create_unverified_context().wrap_socket(plain)
            secure.sendall(b"DATA\r\n")
            assert secure.recv(1000).startswith(b"503 5.5.1 Say EHLO"), "what was said before TLS was not forgotten"
            secure.sendall(b"EHLO client.example.com\r\n")
            assert secure.recv(4000).startswith(b"250-")
            """;
        var sent = await ChildProcess.RunAsync(PeerPrograms.Require("python3"), ["-c", script, $"{node.MxPort}"], SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
    }

    [Fact]
    public async Task Chunks_that_came_before_TLS_are_no_part_of_a_message_under_it()
    {
        const string script = """
            import socket, ssl, sys
            def ask(text):
                stream.sendall(text)
                reply = b""
                while not reply.endswith(b"\r\n") or reply.splitlines()[-1][3:4] == b"-":
                    reply += stream.recv(4000)
                return reply
            stream = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            stream.recv(1000)
            envelope = [b"EHLO client.example.com\r\n", b"MAIL FROM:<chunks-before-tls@x.org>\r\n", b"RCPT TO:<ann@example.net>\r\n"]
            for command in envelope + [b"BDAT 18\r\nInjected: before\r\n"]:
                assert ask(command).startswith(b"250"), command
            assert ask(b"STARTTLS\r\n").startswith(b"220")
            stream = ssl._create_unverified_context().wrap_socket(stream)
            for command in envelope + [b"BDAT 25 LAST\r\nSubject: under TLS\r\n\r\nx\r\n"]:
                assert ask(command).startswith(b"250"), command
            """;
        var sent = await ChildProcess.RunAsync(PeerPrograms.Require("python3"), ["-c", script, $"{node.MxPort}"], SubmissionFixture.Patience);
        Assert.True(sent.ExitCode == 0, sent.Output);
        await node.Sink.WaitUntilAsync(() => node.Sink.Received.Any(mail => mail.ReversePath == "chunks-before-tls@x.org"), SubmissionFixture.Patience);
        var mail = node.Sink.Received.First(mail => mail.ReversePath == "chunks-before-tls@x.org");
        Assert.DoesNotContain("Injected", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Subject: under TLS", mail.Text, StringComparison.Ordinal);
    }

    private static SaslMechanism Mechanism(string name) => name switch
    {
        "PLAIN" => new SaslMechanismPlain(SubmissionFixture.User, SubmissionFixture.Password),
        "LOGIN" => new SaslMechanismLogin(SubmissionFixture.User, SubmissionFixture.Password),
        "SCRAM-SHA-256" => new SaslMechanismScramSha256(SubmissionFixture.User, SubmissionFixture.Password),
        "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(SubmissionFixture.User, SubmissionFixture.Password),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not in the tests"),
    };

    private static MimeMessage Message(string recipient)
    {
        var message = new MimeMessage { Subject = "from MailKit", Body = new TextPart("plain") { Text = "hello from MailKit" } };
        message.From.Add(MailboxAddress.Parse(SubmissionFixture.User));
        message.To.Add(MailboxAddress.Parse(recipient));
        return message;
    }

    private async Task<SmtpClient> ConnectAsync(bool isImplicit)
    {
        var client = new SmtpClient { LocalDomain = "client.example.com", CheckCertificateRevocation = false };
        client.ServerCertificateValidationCallback = (_, certificate, _, errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateChainErrors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
            && certificate!.GetCertHashString() == X509CertificateLoader.LoadCertificateFromFile(node.CertificateFile).GetCertHashString();
        await client.ConnectAsync(
            "127.0.0.1",
            isImplicit ? node.SubmissionsPort : node.SubmissionPort,
            isImplicit ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls,
            TestContext.Current.CancellationToken);
        return client;
    }
}
