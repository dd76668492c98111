using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>Three nodes on a PostgreSQL server of their own. Where there are no server programs it starts nothing, and its specs are skipped.</summary>
public sealed class ThreeNodes : IClusterUnderTest, IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private PostgresServer? _store;
    private LedgerSink _sink = null!;
    private NodeCluster? _cluster;

    /// <inheritdoc/>
    public IReadOnlyList<string> AdminAddresses => [.. Nodes.Select(node => $"127.0.0.1:{node.Settings.AdminPort}")];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClusterAddresses => [.. Nodes.Select(node => $"127.0.0.1:{node.Settings.ClusterPort}")];

    /// <inheritdoc/>
    public int Spools => 64;

    /// <inheritdoc/>
    public string Destination => $"[127.0.0.1]:{_sink.Port}";

    /// <inheritdoc/>
    public PbmRun Operator => With(Tokens.Operator);

    /// <inheritdoc/>
    public PbmRun Viewer => With(Tokens.Viewer);

    /// <summary>Why its specs are skipped, or null.</summary>
    public static string? WhyNot => !PostgresServer.IsAvailable ? PostgresServer.WhyNot
        : Environment.GetEnvironmentVariable("MTA_CHAOS") == "1" ? null
        : "issue 3 (the cluster): takes minutes and wants a machine with nothing else to do: set MTA_CHAOS=1";

    private IEnumerable<NodeProcess> Nodes => Enumerable.Range(0, _cluster!.Count).Select(node => _cluster[node]!);

    /// <inheritdoc/>
    public PbmRun With(string? token) => new(_directory.CreateSubdirectory("home"), token);

    /// <inheritdoc/>
    public Task<RawSmtpClient> ConnectAsync()
        => RawSmtpClient.ConnectAsync(_cluster![Random.Shared.Next(_cluster.Count)]!.Port, TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async Task<string> WaitForLogAsync(string text)
        => await await Task.WhenAny(Nodes.Select(node => node.WaitForLineAsync(text, s_patience)));

    /// <inheritdoc/>
    public Task WaitForDeliveriesAsync(string localPart, int count) => NextHop.WaitForAsync(_sink, localPart, count);

    /// <summary>Freezes the last node.</summary>
    public void FreezeLast() => _cluster![_cluster.Count - 1]!.Pause();

    /// <summary>Waits until the last node has ended by itself.</summary>
    public Task WaitForEndOfLastAsync() => _cluster![_cluster.Count - 1]!.WaitForExitAsync(s_patience);

    /// <summary>Ends the last node, which may be frozen, starts it anew, and waits until the cluster is whole.</summary>
    public async Task RestartLastAsync()
    {
        await _cluster!.EndAsync(_cluster.Count - 1);
        await WaitUntilWholeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _sink = NextHop.Start();
        if (WhyNot is not null)
        {
            return;
        }

        _store = await PostgresServer.StartAsync();
        _cluster = new NodeCluster(new ClusterOptions
        {
            Directory = _directory.Path,
            ConnectionString = await _store.CreateDatabaseAsync("pbm"),
            Routes = new Dictionary<string, int>(),
            NextHopPort = _sink.Port,
            Retry = TimeSpan.FromHours(1),
            Environment = Tokens.Environment,
        });
        await WaitUntilWholeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        await _sink.DisposeAsync();
        _directory.Dispose();
    }

    // Nodes that have ended are started, as an init system would: on a busy machine one may be put out before the cluster has formed. Spools that
    // are being moved are nowhere for a moment: what is asked of them then is another test's business.
    private async Task WaitUntilWholeAsync()
    {
        var last = "";
        await Poll.UntilAsync(IsWholeAsync, s_patience, s_pollInterval, () => $"it is not whole: {last}");

        async Task<bool> IsWholeAsync()
        {
            await _cluster!.StartMissingAsync();
            foreach (var node in Nodes)
            {
                (var isReady, last) = await node.GetReadinessAsync();
                if (!isReady)
                {
                    return false;
                }
            }

            var stats = await Operator.RunAsync(AdminAddresses[0], "cluster-sharding", "stats", "--json");
            last = stats.Output + stats.Errors;
            return stats.ExitCode == 0 && stats.Data.Any(row => row.GetProperty("type").ValueEquals("spool")
                && row.GetProperty("shards").GetInt32() == Spools
                && row.GetProperty("nodes").GetInt32() == _cluster.Count
                && row.GetProperty("mostShards").GetInt32() - row.GetProperty("fewestShards").GetInt32() <= 1);
        }
    }
}

/// <summary>The specs that share three nodes.</summary>
[CollectionDefinition(Name)]
public sealed class ThreeNodesCollection : ICollectionFixture<ThreeNodes>
{
    /// <summary>Of the collection.</summary>
    public const string Name = "three nodes";
}
