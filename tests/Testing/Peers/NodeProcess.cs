using System.Globalization;
using System.Text.Json;

namespace MtaCluster.Testing.Peers;

/// <summary>The node program in a process of its own: what users run, and what can be killed without warning.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);
    private readonly ChildProcess _process;

    private NodeProcess(NodeSettings settings, ChildProcess process)
    {
        Settings = settings;
        _process = process;
    }

    /// <summary>How it was started.</summary>
    public NodeSettings Settings { get; }

    /// <summary>Its SMTP port.</summary>
    public int Port => Settings.Port;

    /// <summary>What it logged.</summary>
    public string Output => _process.Output;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts the node and waits until its log says that it takes mail.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message has its output.</exception>
    public static async Task<NodeProcess> StartAsync(NodeSettings settings)
    {
        var node = Launch(settings);
        try
        {
            await node.WaitUntilReadyAsync().ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the node and does not wait for it.</summary>
    public static NodeProcess Launch(NodeSettings settings)
    {
        Directory.CreateDirectory(settings.Directory);
        var configuration = Path.Combine(settings.Directory, "node.json");
        File.WriteAllText(configuration, settings.ToJson());
        var process = ChildProcess.Start(
            "dotnet", [Assembly(), "--config", configuration], settings.Directory, settings.Environment);
        return new NodeProcess(settings, process);
    }

    /// <summary>Waits until its log says that it takes mail.</summary>
    public Task WaitUntilReadyAsync() => _process.WaitForLineAsync(line => IsEvent(line, "NodeStarted"), s_startTimeout);

    /// <summary>Waits for a log line of this event.</summary>
    public Task<string> WaitForEventAsync(string name, TimeSpan timeout) => _process.WaitForLineAsync(line => IsEvent(line, name), timeout);

    /// <summary>The sum of a metric's samples at /metrics.</summary>
    /// <exception cref="InvalidOperationException">The node does not offer it.</exception>
    public async Task<double> GetMetricAsync(string name)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{Settings.AdminPort}/metrics")).ConfigureAwait(false);
        var samples = text.Split('\n').Select(line => Sample(line, name)).OfType<double>().ToArray();
        return samples.Length > 0 ? samples.Sum() : throw new InvalidOperationException($"{name} is not in:\n{text}");
    }

    /// <summary>Waits until no message is queued.</summary>
    /// <exception cref="TimeoutException">The queue did not drain in time.</exception>
    public async Task WaitForEmptyQueueAsync(TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        double queued;
        while ((queued = await GetMetricAsync("mta_queue_messages").ConfigureAwait(false)) > 0)
        {
            try
            {
                await timer.WaitForNextTickAsync(expired.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{queued} messages still queued after {timeout}:\n{LastLines()}");
            }
        }
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It did not in time; it was killed.</exception>
    public Task<int> WaitForExitAsync(TimeSpan timeout) => _process.WaitForExitAsync(timeout);

    /// <summary>SIGKILL at this very moment.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGKILL, then waits for the end.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>SIGTERM, then waits for the end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public Task<int> TerminateAsync(TimeSpan timeout) => _process.TerminateAsync(timeout);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool IsEvent(string line, string name)
    {
        if (!line.Contains(name, StringComparison.Ordinal) || !line.StartsWith('{'))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("event", out var value) && value.ValueEquals(name);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The value in a line of Prometheus text if it is of this metric: name{labels} value [time].</summary>
    private static double? Sample(string line, string name)
    {
        if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not (' ' or '{'))
        {
            return null;
        }

        var rest = line[name.Length] == '{' ? line[(line.LastIndexOf('}') + 1)..] : line[name.Length..];
        return double.Parse(rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
    }

    /// <summary>src/Node as it was built in the configuration of the running tests.</summary>
    private static string Assembly()
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "MtaCluster.sln")))
            {
                var framework = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
                return Path.Combine(directory.FullName, "src", "Node", "bin", configuration, framework, "MtaCluster.Node.dll");
            }
        }

        throw new InvalidOperationException($"no solution above {AppContext.BaseDirectory}");
    }

    private string LastLines() => string.Join('\n', Output.Split('\n').TakeLast(30));
}
