using System.Security.Cryptography;
using System.Text;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>One node, a cluster of its own.</summary>
public sealed class SingleNode : IClusterUnderTest, IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private NodeProcess _node = null!;
    private LedgerSink _sink = null!;

    /// <inheritdoc/>
    public IReadOnlyList<string> AdminAddresses => [$"127.0.0.1:{_node.Settings.AdminPort}"];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClusterAddresses => [$"127.0.0.1:{_node.Settings.ClusterPort}"];

    /// <inheritdoc/>
    public int Spools => 64;

    /// <inheritdoc/>
    public string Destination => $"[127.0.0.1]:{_sink.Port}";

    /// <inheritdoc/>
    public PbmRun Operator => With(Tokens.Operator);

    /// <inheritdoc/>
    public PbmRun Viewer => With(Tokens.Viewer);

    /// <summary>The token that the node made for its own machine.</summary>
    public string LocalTokenFile => _directory.File("data/admin-token");

    /// <inheritdoc/>
    public PbmRun With(string? token) => new(_directory.CreateSubdirectory("home"), token);

    /// <summary>pbm in the directory where the node runs, without a token of its own.</summary>
    public PbmRun BesideTheNode => new(_directory.Path, null);

    /// <inheritdoc/>
    public Task<RawSmtpClient> ConnectAsync() => RawSmtpClient.ConnectAsync(_node.Port, TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public Task<string> WaitForLogAsync(string text) => _node.WaitForLineAsync(text, s_patience);

    /// <inheritdoc/>
    public Task WaitForDeliveriesAsync(string localPart, int count) => NextHop.WaitForAsync(_sink, localPart, count);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _sink = NextHop.Start();
        _node = await NodeProcess.StartAsync(new NodeSettings
        {
            Directory = _directory.Path,
            NextHopPort = _sink.Port,
            Retry = TimeSpan.FromHours(1),
            Environment = Tokens.Environment,
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _sink.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>The tokens that a cluster under test knows, beside its own.</summary>
internal static class Tokens
{
    public const string Operator = "the-token-of-an-operator";
    public const string Viewer = "the-token-of-a-viewer";

    /// <summary>As a node's configuration.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["Mta__Admin__Tokens__0__Name"] = "olga",
        ["Mta__Admin__Tokens__0__Role"] = "operator",
        ["Mta__Admin__Tokens__0__Sha256"] = Digest(Operator),
        ["Mta__Admin__Tokens__1__Name"] = "victor",
        ["Mta__Admin__Tokens__1__Role"] = "viewer",
        ["Mta__Admin__Tokens__1__Sha256"] = Digest(Viewer),
    };

    private static string Digest(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
