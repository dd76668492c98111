using System.Globalization;
using System.Net;

namespace MtaCluster.Testing.Peers;

/// <summary>How a cluster under test is set up.</summary>
public sealed record ClusterOptions
{
    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Where configurations and outputs are.</summary>
    public required string Directory { get; init; }

    /// <summary>How the nodes connect to their store; null for one node with the embedded one.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The next hop's port for each domain.</summary>
    public required IReadOnlyDictionary<string, int> Routes { get; init; }

    /// <summary>The next hop's port for all other domains.</summary>
    public required int NextHopPort { get; init; }

    /// <summary>The first wait after a deferral; it does not grow.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Connections at each destination, of all nodes together.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>Messages per time at each destination, as in "60/m"; null for no limit.</summary>
    public string? Rate { get; init; }

    /// <summary>Whether a store that does not wait for its disk is allowed: for negative controls.</summary>
    public bool AllowAsynchronousCommit { get; init; }

    /// <summary>Environment variables of all nodes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The program of each node, an assembly; null for the one that was built with the tests.</summary>
    public Func<int, string?> Assembly { get; init; } = _ => null;

    /// <summary>Where the output of each process is kept after its end; null for nowhere.</summary>
    public string? Logs { get; init; }

    /// <summary>Namespaces that the nodes run in; null for loopback.</summary>
    public NetworkNamespaces? Namespaces { get; init; }
}

/// <summary>Nodes of one cluster, a process each. All are ended with this object.</summary>
public sealed class NodeCluster : IAsyncDisposable
{
    private const int LinesShown = 10;
    private const int LineLength = 500;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);
    private readonly ClusterOptions _options;
    private readonly NodeSettings[] _settings;
    private readonly NodeProcess?[] _nodes;
    private readonly int[] _starts;

    /// <summary>Sets a cluster up and starts nothing.</summary>
    public NodeCluster(ClusterOptions options)
    {
        _options = options;
        _nodes = new NodeProcess?[options.Nodes];
        _starts = new int[options.Nodes];
        _settings = [.. Enumerable.Range(0, options.Nodes).Select(SettingsOf)];
        if (options.Nodes > 1)
        {
            var seeds = $"[{string.Join(", ", _settings.Select(node => $"\"{node.Address}:{node.ClusterPort}\""))}]";
            foreach (ref var settings in _settings.AsSpan())
            {
                settings = settings with { Cluster = new Dictionary<string, string> { ["SeedNodes"] = seeds } };
            }
        }
    }

    /// <summary>How many nodes.</summary>
    public int Count => _nodes.Length;

    /// <summary>The nodes' names (of EHLO), by number.</summary>
    public IReadOnlyList<string> Names => [.. _settings.Select(node => node.Hostname)];

    /// <summary>Where the nodes take mail, by number.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _settings.Select(node => new IPEndPoint(IPAddress.Parse(node.Address), node.Port))];

    /// <summary>The process of a node; null if it was ended and not started again.</summary>
    public NodeProcess? this[int node] => _nodes[node];

    /// <summary>Whether no node was started more than once.</summary>
    public bool IsAsStarted => _starts.All(starts => starts <= 1);

    /// <summary>Starts all nodes and waits until all take mail.</summary>
    public async Task StartAsync()
    {
        for (var node = 0; node < Count; node++)
        {
            Launch(node);
        }

        await WaitUntilAllReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Starts a node that does not run, and does not wait for it.</summary>
    /// <param name="node">Its number.</param>
    /// <param name="assembly">The program that it runs from now on; null for the one that it had.</param>
    public void Launch(int node, string? assembly = null)
    {
        _starts[node]++;
        _settings[node] = _settings[node] with { Assembly = assembly ?? _settings[node].Assembly };
        _nodes[node] = NodeProcess.Launch(_settings[node]);
    }

    /// <summary>SIGKILL at this very moment.</summary>
    public void Kill(int node) => _nodes[node]!.Kill();

    /// <summary>SIGKILL of a node that may have ended already, and waits until it is gone.</summary>
    public async Task EndAsync(int node)
    {
        if (_nodes[node] is not { } process)
        {
            return;
        }

        await process.DisposeAsync().ConfigureAwait(false);
        _nodes[node] = null;
        if (_options.Logs is { } logs)
        {
            Directory.CreateDirectory(logs);
            await File.WriteAllTextAsync(Path.Combine(logs, $"node{node}.{_starts[node]}.log"), process.Output).ConfigureAwait(false);
        }
    }

    /// <summary>SIGTERM, and waits until it is gone.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(int node, TimeSpan timeout)
    {
        var exitCode = await _nodes[node]!.TerminateAsync(timeout).ConfigureAwait(false);
        await EndAsync(node).ConfigureAwait(false);
        return exitCode;
    }

    /// <summary>Starts every node that has ended, by itself or not, as an init system would.</summary>
    /// <returns>The nodes that were started.</returns>
    public async Task<IReadOnlyList<int>> StartMissingAsync()
    {
        var missing = Enumerable.Range(0, Count).Where(node => _nodes[node] is null or { HasExited: true }).ToArray();
        foreach (var node in missing)
        {
            await EndAsync(node).ConfigureAwait(false);
            Launch(node);
        }

        return missing;
    }

    /// <summary>Waits until a node takes mail. One that ends by itself meanwhile, put out by the others, is started again, as an init system would.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message has the last lines of all nodes.</exception>
    public async Task WaitUntilReadyAsync(int node)
    {
        var reason = "it does not run";
        await Poll.UntilAsync(IsReadyAsync, s_patience, s_pollInterval, () => $"node {node} is not ready: {reason}\n{LastLines()}").ConfigureAwait(false);

        async Task<bool> IsReadyAsync()
        {
            if (_nodes[node] is { HasExited: true })
            {
                await EndAsync(node).ConfigureAwait(false);
                Launch(node);
            }

            if (_nodes[node] is not { } process)
            {
                return false;
            }

            (var isReady, reason) = await process.GetReadinessAsync().ConfigureAwait(false);
            return isReady;
        }
    }

    /// <summary>Waits until all nodes take mail.</summary>
    public async Task WaitUntilAllReadyAsync()
    {
        for (var node = 0; node < Count; node++)
        {
            await WaitUntilReadyAsync(node).ConfigureAwait(false);
        }
    }

    /// <summary>The sum of a metric over all nodes that answer.</summary>
    public async Task<double> SumMetricAsync(string name)
    {
        var sum = 0.0;
        foreach (var process in _nodes)
        {
            sum += process is { HasExited: false } ? await process.GetMetricAsync(name).ConfigureAwait(false) : 0;
        }

        return sum;
    }

    /// <summary>The last lines that each node wrote, and which have ended.</summary>
    public string LastLines() => string.Join('\n', Enumerable.Range(0, Count).Select(LastLines));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (var node = 0; node < Count; node++)
        {
            await EndAsync(node).ConfigureAwait(false);
        }
    }

    private string LastLines(int node) => _nodes[node] is { } process
        ? $"node {node}{(process.HasExited ? " has ended" : string.Empty)}:\n{string.Join('\n', process.Output.Split('\n').TakeLast(LinesShown).Select(line => line.Length > LineLength ? line[..LineLength] : line))}"
        : $"node {node} does not run";

    private NodeSettings SettingsOf(int node)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"node{node}");
        return new NodeSettings
        {
            Directory = Path.Combine(_options.Directory, name),
            Hostname = name + ".example.net",
            Address = _options.Namespaces?.AddressOf(node).ToString() ?? "127.0.0.1",
            Namespace = _options.Namespaces?.NameOf(node),
            NextHopAddress = _options.Namespaces?.Hub.ToString() ?? "127.0.0.1",
            NextHopPort = _options.NextHopPort,
            Routes = _options.Routes,
            Retry = _options.Retry,
            Connections = _options.Connections,
            Rate = _options.Rate,
            Environment = _options.Environment,
            Storage = StorageOf(_options),
            Assembly = _options.Assembly(node),
        };
    }

    private static Dictionary<string, string> StorageOf(ClusterOptions options)
    {
        // Small, so that it is full when memory is measured.
        var storage = new Dictionary<string, string> { ["BodyCacheBytes"] = "2097152" };
        if (options.ConnectionString is { } connection)
        {
            storage["Provider"] = "\"PostgreSql\"";
            storage["ConnectionString"] = $"\"{connection}\"";
        }

        if (options.AllowAsynchronousCommit)
        {
            storage["AllowAsynchronousCommit"] = "true";
        }

        return storage;
    }
}
