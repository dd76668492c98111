using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

public sealed class SingleNodeCommandSpecs(SingleNode cluster) : DestinationSpecs(cluster), IClassFixture<SingleNode>;

public sealed class SingleNodeShellSpecs(SingleNode cluster) : ShellSpecs(cluster), IClassFixture<SingleNode>;

public sealed class SingleNodeUserSpecs(SingleNode cluster) : UserSpecs(cluster), IClassFixture<SingleNode>;

public sealed class SingleNodeAccessSpecs(SingleNode cluster) : AccessSpecs(cluster), IClassFixture<SingleNode>
{
    [Fact]
    public async Task The_token_of_the_data_directory_is_picked_up_where_it_lies()
    {
        var node = cluster.AdminAddresses[0];
        var data = Path.GetDirectoryName(cluster.LocalTokenFile)!;

        Assert.Equal(0, (await cluster.BesideTheNode.RunAsync(node, "queue", "flush")).ExitCode);
        Assert.Equal(0, (await cluster.With("nobodys").RunAsync("--data-directory", data, node, "health")).ExitCode);
        Assert.Equal(0, (await cluster.With("nobodys").RunAsync("--token-file", cluster.LocalTokenFile, node, "health")).ExitCode);
        Assert.Equal(2, (await cluster.With(null).RunAsync("--token-file", data + "/none", node, "health")).ExitCode);
    }
}

/// <summary>What happens to pbm when its node ends, and over TLS: with nodes of their own.</summary>
public sealed class NodeLossSpecs : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_shell_says_that_the_connection_is_lost_and_connects_again()
    {
        var settings = new NodeSettings { Directory = _directory.Path, NextHopPort = LoopbackPorts.Next(), Environment = Tokens.Environment };
        var node = await NodeProcess.StartAsync(settings);
        await using var shell = TerminalSession.Start(new PbmRun(_directory.Path, Tokens.Viewer), $"127.0.0.1:{settings.AdminPort}");
        await shell.WaitForAsync("pbm> ");

        await shell.TypeAsync("cluster tail\r");
        await shell.WaitForAsync("Watching the cluster");
        await node.KillAsync();
        await node.DisposeAsync();
        await shell.WaitForAsync($"no connection to 127.0.0.1:{settings.AdminPort}");
        await shell.WaitForAsync("Connecting again");

        await using var again = await NodeProcess.StartAsync(settings);
        await shell.WaitForAsync("again\r\n");
        await shell.WaitForAsync("pbm> ");
        await shell.TypeAsync("health\r");
        await shell.WaitForAsync("Ready: 1 of 1");
    }

    [Fact]
    public async Task A_node_that_stops_ends_the_streams_and_is_not_held_up_by_them()
    {
        var settings = new NodeSettings { Directory = _directory.Path, NextHopPort = LoopbackPorts.Next(), Environment = Tokens.Environment };
        await using var node = await NodeProcess.StartAsync(settings);
        await using var tail = TerminalSession.Start(new PbmRun(_directory.Path, Tokens.Viewer), $"127.0.0.1:{settings.AdminPort}", "cluster", "tail");
        await tail.WaitForAsync("Watching the cluster");

        Assert.Equal(0, await node.TerminateAsync(TimeSpan.FromSeconds(20)));

        await tail.WaitForAsync("the node is stopping");
        Assert.Equal(1, await tail.WaitForExitAsync());
    }

    [Fact]
    public async Task Over_tls_the_certificate_of_the_node_must_lead_to_one_that_is_trusted()
    {
        var (certificate, key) = WriteCertificate();
        var settings = new NodeSettings
        {
            Directory = _directory.Path,
            NextHopPort = LoopbackPorts.Next(),
            Environment = new Dictionary<string, string>(Tokens.Environment)
            {
                ["Mta__Admin__Tls__Certificate"] = certificate,
                ["Mta__Admin__Tls__Key"] = key,
            },
        };
        await using var node = await NodeProcess.StartAsync(settings);
        var (pbm, target) = (new PbmRun(_directory.Path, Tokens.Viewer), $"127.0.0.1:{settings.AdminPort}");

        Assert.Equal(0, (await pbm.RunAsync("--ca", certificate, target, "health")).ExitCode);
        var distrusted = await pbm.RunAsync("--tls", target, "health");
        Assert.Equal(2, distrusted.ExitCode);
        Assert.Contains("no certificate that can be trusted", distrusted.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await pbm.RunAsync(target, "health")).ExitCode);
    }

    [Fact]
    public async Task A_node_does_not_start_on_another_address_than_loopback_without_a_certificate()
    {
        var settings = new NodeSettings
        {
            Directory = _directory.Path,
            NextHopPort = LoopbackPorts.Next(),
            Environment = new Dictionary<string, string> { ["Mta__Admin__Address"] = "0.0.0.0:0" },
        };
        await using var node = NodeProcess.Launch(settings);

        Assert.Equal(2, await node.WaitForExitAsync(s_patience));
        Assert.Contains("Mta:Admin:Tls: must be given", node.Output, StringComparison.Ordinal);
    }

    private (string Certificate, string Key) WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node.example.net", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var paths = (Certificate: _directory.File("node.pem"), Key: _directory.File("node.key"));
        File.WriteAllText(paths.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(paths.Key, key.ExportPkcs8PrivateKeyPem());
        return paths;
    }
}
