using System.Globalization;
using System.Text.Json;

namespace MtaCluster.Testing.Peers;

/// <summary>The node program in a process of its own: what users run, and what can be killed without warning.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);
    private readonly ChildProcess _process;
    private readonly HttpClient _admin;

    private NodeProcess(NodeSettings settings, ChildProcess process)
    {
        Settings = settings;
        _process = process;
        _admin = NodeAdmin.Connect(settings);
    }

    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>src/Node as it was built in the configuration of the running program.</summary>
    public static string DefaultAssembly { get; } = Path.Combine(
        Root,
        "src/Node/bin",
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug",
        Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
        "MtaCluster.Node.dll");

    /// <summary>How it was started.</summary>
    public NodeSettings Settings { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

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
        string[] command = [.. settings.Namespace is { } space ? NetworkNamespaces.Enter(space) : [], "dotnet", settings.Assembly ?? DefaultAssembly, "--config", configuration];
        var process = ChildProcess.Start(command[0], command[1..], settings.Directory, settings.Environment);
        return new NodeProcess(settings, process);
    }

    /// <summary>Waits until its log says that it takes mail.</summary>
    public Task WaitUntilReadyAsync() => _process.WaitForLineAsync(line => IsEvent(line, "NodeStarted"), s_startTimeout);

    /// <summary>Waits for a log line of this event.</summary>
    public Task<string> WaitForEventAsync(string name, TimeSpan timeout) => _process.WaitForLineAsync(line => IsEvent(line, name), timeout);

    /// <summary>Waits for a log line that has this text in it.</summary>
    public Task<string> WaitForLineAsync(string text, TimeSpan timeout) => _process.WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), timeout);

    /// <summary>The sum of a metric's samples at /metrics.</summary>
    /// <exception cref="InvalidOperationException">The node does not offer it.</exception>
    /// <param name="name">The metric.</param>
    /// <param name="collect">Whether memory is collected first.</param>
    public async Task<double> GetMetricAsync(string name, bool collect = false)
    {
        var text = await _admin.GetStringAsync(new Uri(collect ? "/metrics?collect=1" : "/metrics", UriKind.Relative)).ConfigureAwait(false);
        var samples = text.Split('\n').Select(line => Sample(line, name)).OfType<double>().ToArray();
        return samples.Length > 0 ? samples.Sum() : throw new InvalidOperationException($"{name} is not in:\n{text}");
    }

    /// <summary>What /health/ready says: whether it takes mail, and why not. Not ready if nobody answers.</summary>
    public async Task<(bool IsReady, string Reason)> GetReadinessAsync()
    {
        try
        {
            using var response = await _admin.GetAsync(new Uri("/health/ready", UriKind.Relative)).ConfigureAwait(false);
            return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync().ConfigureAwait(false));
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return (false, error.Message);
        }
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

    /// <summary>SIGSTOP: it keeps its connections and does nothing.</summary>
    public void Pause() => Signals.Send(_process.Id, Signals.Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signals.Send(_process.Id, Signals.Continue);

    /// <summary>SIGTERM, then waits for the end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public Task<int> TerminateAsync(TimeSpan timeout) => _process.TerminateAsync(timeout);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _admin.Dispose();
        return _process.DisposeAsync();
    }

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

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "MtaCluster.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"no solution above {AppContext.BaseDirectory}");
    }

    private string LastLines() => string.Join('\n', Output.Split('\n').TakeLast(30));
}
