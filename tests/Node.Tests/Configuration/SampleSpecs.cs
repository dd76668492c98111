using Microsoft.Extensions.Configuration;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using MtaCluster.Testing.Peers;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

/// <summary>What is under cluster-config/ can be used as it is.</summary>
public sealed class SampleSpecs
{
    private static readonly string s_directory = FindDirectory();

    public static TheoryData<string> Samples() => new(
        Directory.GetFiles(s_directory, "*.json", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(s_directory, path)));

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_sample_is_valid(string sample)
    {
        var result = ConfigurationLoader.Load(["--config", Path.Combine(s_directory, sample)], s_directory, _ => { });

        var errors = result is ConfigurationResult.Invalid invalid ? invalid.Errors : [];
        Assert.Empty(errors);
    }

    [Fact]
    public void The_configuration_within_the_Kubernetes_manifest_is_valid()
    {
        using var directory = new TemporaryDirectory();
        var manifest = File.ReadAllLines(Path.Combine(s_directory, "kubernetes", "mtacluster.yaml"));
        var json = manifest.SkipWhile(line => line != "  node.json: |").Skip(1).TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal));
        File.WriteAllLines(directory["node.json"], json);

        var result = ConfigurationLoader.Load(["--config", directory["node.json"]], s_directory, _ => { });

        var settings = Assert.IsType<ConfigurationResult.Loaded>(result).Settings;
        Assert.Equal(3, settings.Cluster.SeedNodes.Length);
        Assert.NotNull(settings.Cluster.Tls);
    }

    [Theory]
    [InlineData("mx1.example.net", "mx1.example.net")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("*.mta-nodes.mail.svc.cluster.local", "mta-0.mta-nodes.mail.svc.cluster.local")]
    public async Task The_certificates_that_the_script_makes_are_good_for_their_host(string host, string address)
    {
        PeerPrograms.Require("openssl");
        using var directory = new TemporaryDirectory();
        await using var script = ChildProcess.Start(Path.Combine(s_directory, "three-hosts", "certificates"), [host], directory.Path);
        Assert.True(await script.WaitForExitAsync(TimeSpan.FromSeconds(60)) == 0, script.Output);

        string[] files = [.. new[] { "node.pem", "node.key", "ca.pem" }.Select(file => Path.Combine(directory.Path, host, file))];
        Assert.Empty(ClusterCertificates.Check(new ClusterTlsSettings(files[0], files[1], files[2]), address, DateTimeOffset.UtcNow));
    }

    private static string FindDirectory()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "MtaCluster.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside the repository");
        }

        return Path.Combine(directory, "cluster-config");
    }
}
