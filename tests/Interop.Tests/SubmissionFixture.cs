using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests;

/// <summary>A node for users: listeners with STARTTLS and implicit TLS that want a log-in, one for LMTP, recipients from files, and a limit of size. Its next hop is a ledger sink.</summary>
public sealed class SubmissionFixture : IAsyncLifetime
{
    /// <summary>For anything that is waited for: far above what it takes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The name in the certificate.</summary>
    public const string Host = "mx.example.net";

    /// <summary>Who may log in, and as whom she may send.</summary>
    public const string User = "ann@example.net";

    /// <summary>Her password.</summary>
    public const string Password = "a password of hers";

    /// <summary>The octets that a message may have.</summary>
    public const int MaximumMessageSize = 1024 * 1024;

    private TemporaryDirectory? _directory;

    /// <summary>The next hop of everything.</summary>
    public LedgerSink Sink { get; private set; } = null!;

    /// <summary>The node under test.</summary>
    public NodeProcess Node { get; private set; } = null!;

    /// <summary>STARTTLS, and AUTH before MAIL.</summary>
    public int SubmissionPort { get; } = LoopbackPorts.Next();

    /// <summary>The same with TLS from the first octet.</summary>
    public int SubmissionsPort { get; } = LoopbackPorts.Next();

    /// <summary>LMTP.</summary>
    public int LmtpPort { get; } = LoopbackPorts.Next();

    /// <summary>For strangers.</summary>
    public int MxPort { get; } = LoopbackPorts.Next();

    /// <summary>The certificate, which is its own authority.</summary>
    public string CertificateFile => Path.Combine(_directory!.Path, "certificate.pem");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _directory = TemporaryDirectory.Create();
        WriteCertificate();
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "users.txt"), "ann\nbob\n");
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "aliases.txt"), "sales: ann, bob\n");
        Sink = LedgerSink.Start(new SinkScript { Extensions = ["PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] });
        Node = await NodeProcess.StartAsync(new NodeSettings
        {
            Directory = _directory.Path,
            NextHopPort = Sink.Port,
            Hostname = Host,
            Listeners =
            [
                $$"""{ "Name": "submission", "Address": "127.0.0.1:{{SubmissionPort}}", "Tls": "StartTls", "RequireTls": true, "RequireAuth": true }""",
                $$"""{ "Name": "submissions", "Address": "127.0.0.1:{{SubmissionsPort}}", "Tls": "Implicit", "RequireAuth": true }""",
                $$"""{ "Name": "lmtp", "Address": "127.0.0.1:{{LmtpPort}}", "Protocol": "Lmtp" }""",
                $$"""{ "Name": "strangers", "Address": "127.0.0.1:{{MxPort}}", "Tls": "StartTls", "XClientFrom": ["127.0.0.0/8"], "XForwardFrom": ["127.0.0.0/8"] }""",
            ],
            Sections = new Dictionary<string, string>
            {
                ["LocalDomains"] = "[\"example.net\"]",
                ["Smtp"] = $$"""{ "MaximumMessageSize": {{MaximumMessageSize}} }""",
                ["Tls"] = $$"""{ "Certificates": [{ "CertificateFile": "{{CertificateFile}}", "KeyFile": "{{Path.Combine(_directory.Path, "key.pem")}}" }] }""",
                ["Recipients"] = $$"""
                    { "Domains": [{ "Domain": "example.net", "Users": ["file:{{_directory.Path}}/users.txt"], "Aliases": ["file:{{_directory.Path}}/aliases.txt"], "PlusAddressing": true }] }
                    """,
            },
        });
        await AddUserAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Sink.DisposeAsync();
        _directory?.Dispose();
    }

    /// <summary>Waits for mail to a recipient.</summary>
    public async Task<ReceivedMail> WaitForMailToAsync(string recipient)
    {
        await Sink.WaitUntilAsync(() => Sink.Received.Any(mail => mail.Recipients.Contains(recipient)), Patience);
        return Sink.Received.First(mail => mail.Recipients.Contains(recipient));
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory!.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    // By the program that operators use.
    private async Task AddUserAsync()
    {
        var pbm = NodeProcess.DefaultAssembly.Replace("src/Node/", "src/Pbm/", StringComparison.Ordinal).Replace("MtaCluster.Node.dll", "MtaCluster.Pbm.dll", StringComparison.Ordinal);
        var command = $"printf '%s\\n' '{Password}' | dotnet '{pbm}' 127.0.0.1:{Node.Settings.AdminPort} --data-directory '{_directory!.Path}/data' user add {User} --identity {User}";
        var added = await ChildProcess.RunAsync("/bin/bash", ["-c", command], Patience);
        Assert.True(added.ExitCode == 0, added.Output);
    }
}
