using System.Globalization;
using System.Net;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos;

/// <summary>
/// A cluster of node processes on a PostgreSQL of its own, with senders, sinks and return path in this process: what is to be compared lives
/// outside what is killed.
/// </summary>
public sealed class ClusterUnderLoad : IAsyncDisposable
{
    private const string ReturnDomain = "return.example.com";
    private const string Database = "mta";

    // The remoting's pool of buffers takes 16 MiB at once when one of its threads first needs some: for two of them, maybe after the first drain.
    private const int HeapSlack = (2 * 16 * 1024 * 1024) + (4 * 1024 * 1024);
    private static readonly TimeSpan s_accountTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_warmDrainTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);
    private readonly LoadOptions _options;
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private readonly List<Fault> _faults = [];
    private readonly List<ResourceUse> _resources = [];
    private Dictionary<(string What, int ProcessId), double> _warm = [];
    private LedgerSink? _steady;
    private LedgerSink? _rough;
    private LedgerSink? _return;
    private NetworkNamespaces? _namespaces;

    private ClusterUnderLoad(LoadOptions options)
    {
        _options = options;
        Ledger = new SenderLedger(options.Seed, options.Mix);
    }

    /// <summary>What senders know.</summary>
    public SenderLedger Ledger { get; }

    /// <summary>The nodes.</summary>
    public NodeCluster Nodes { get; private set; } = null!;

    /// <summary>The senders.</summary>
    public Senders Senders { get; private set; } = null!;

    /// <summary>The store of the cluster; null if it is embedded.</summary>
    public PostgresServer? Postgres { get; private set; }

    /// <summary>What stands between the nodes and their store.</summary>
    public StoreProxy? Proxy { get; private set; }

    /// <summary>The next hop of mail that is to be taken without trouble.</summary>
    public LedgerSink Steady => _steady!;

    /// <summary>The namespaces of the nodes; null if they cannot be cut apart.</summary>
    public NetworkNamespaces? Namespaces => _namespaces;

    /// <summary>What was done so far.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Mail that was acknowledged so far.</summary>
    public int Acknowledged => Ledger.Entries.Count(mail => mail.Fate == Fate.Acknowledged);

    /// <summary>Starts everything; the senders wait at their gate.</summary>
    public static async Task<ClusterUnderLoad> StartAsync(LoadOptions options)
    {
        var load = new ClusterUnderLoad(options);
        try
        {
            await load.BuildAsync().ConfigureAwait(false);
            return load;
        }
        catch
        {
            await load.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Something was done.</summary>
    public void Add(Fault fault) => _faults.Add(fault);

    /// <summary>Lets the senders send until so many more are acknowledged.</summary>
    /// <exception cref="TimeoutException">They were not in time.</exception>
    public async Task SendAsync(int acknowledgements, TimeSpan timeout)
    {
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = 0;
        void Count(int node)
        {
            if (Interlocked.Increment(ref seen) == acknowledgements)
            {
                enough.TrySetResult();
            }
        }

        Senders.Acknowledged += Count;
        Senders.Open();
        try
        {
            await enough.Task.WaitAsync(timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{seen} of {acknowledgements} were acknowledged in {timeout}; replies: {Replies()}\n{Nodes.LastLines()}");
        }
        finally
        {
            Senders.Acknowledged -= Count;
        }
    }

    /// <summary>Ends the load, waits until all mail has its end, and gathers the evidence.</summary>
    public async Task<Evidence> DrainAsync(TimeSpan timeout)
    {
        await Senders.FinishAsync().ConfigureAwait(false);
        var queued = await WaitForTheEndsAsync(timeout).ConfigureAwait(false);
        if (_warm.Count > 0)
        {
            var now = await MeasureAsync().ConfigureAwait(false);
            _resources.AddRange(now.Where(value => _warm.ContainsKey(value.Key))
                .Select(value => new ResourceUse(value.Key.What, _warm[value.Key], value.Value, SlackOf(value.Key.What))));
        }

        return new Evidence
        {
            Sent = Ledger.Entries,
            Arrived = [.. Steady.Received, .. _rough!.Received],
            Returned = _return!.Received,
            Faults = _faults,
            Queued = queued,
            Account = await AskForTheAccountAsync().ConfigureAwait(false),
            Counters = Nodes.IsAsStarted && !_faults.Exists(fault => fault.Nodes.IsEmpty) ? await CountersAsync().ConfigureAwait(false) : null,
            Resources = _resources,
        };
    }

    // A spool that moves answers once it is where it goes: it waits up to ten seconds for deliveries under way.
    private async Task<ClusterAccount?> AskForTheAccountAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await NodeLedger.AskAsync(Nodes[0]!).ConfigureAwait(false);
            }
            catch (InvalidOperationException) when (TimeProvider.System.GetElapsedTime(begun) < s_accountTimeout)
            {
                // The question itself has waited for the spools that are silent.
            }
        }
    }

    /// <summary>Lets the queue drain, and measures what the warm nodes hold: what they may not exceed by much at the end.</summary>
    public async Task RememberResourcesAsync()
    {
        Senders.Hold();
        await WaitForTheEndsAsync(s_warmDrainTimeout).ConfigureAwait(false);
        _warm = await MeasureAsync().ConfigureAwait(false);
        Senders.Open();
    }

    /// <summary>How often each code was answered, in words.</summary>
    public string Replies() => string.Join(", ", Senders.Replies.OrderBy(reply => reply.Key).Select(reply => $"{reply.Key}: {reply.Value}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A frozen store would hold up nodes that end; killed ones do not mind.
        if (Senders is not null)
        {
            await Senders.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var part in (IAsyncDisposable?[])[Nodes, Proxy, Postgres, _steady, _rough, _return, _namespaces])
        {
            if (part is not null)
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
        }

        _directory.Dispose();
    }

    private static double SlackOf(string value) => value.EndsWith("heap", StringComparison.Ordinal) ? HeapSlack : 16;

    private async Task BuildAsync()
    {
        _namespaces = _options.IsPartitionable ? await NetworkNamespaces.CreateAsync(_options.Nodes).ConfigureAwait(false) : null;
        var hub = _namespaces?.Hub ?? IPAddress.Loopback;
        _steady = LedgerSink.Start(new ScriptedBehaviours().Script(lose: _options.Control == Control.SinkLosesOne ? 100 : 0), address: hub);
        _rough = LedgerSink.Start(new ScriptedBehaviours().Script(), address: hub);
        _return = LedgerSink.Start(address: hub);
        Nodes = new NodeCluster(new ClusterOptions
        {
            Nodes = _options.Nodes,
            Directory = _directory.Path,
            ConnectionString = _options.IsEmbedded ? null : await StartStoreAsync(hub).ConfigureAwait(false),
            Routes = new Dictionary<string, int> { [MailMix.RoughDomain] = _rough.Port, [ReturnDomain] = _return.Port },
            NextHopPort = _steady.Port,
            Connections = _options.Connections,
            Rate = _options.RateLimit,
            AllowAsynchronousCommit = _options.Control == Control.AsynchronousCommit,
            Environment = _options.Control == Control.AcknowledgeBeforeCommit ? new Dictionary<string, string> { ["MTA_TEST_ACK_BEFORE_COMMIT"] = "1" } : new Dictionary<string, string>(),
            Assembly = _options.Assembly,
            Namespaces = _namespaces,
            Logs = _options.Logs,
        });
        await Nodes.StartAsync().ConfigureAwait(false);
        Senders = new Senders(Ledger, new SenderOptions
        {
            Nodes = Nodes.EndPoints,
            Sessions = _options.Sessions,
            MailPerSession = _options.MailPerSession,
            Rate = _options.Rate,
        });
    }

    private async Task<string> StartStoreAsync(IPAddress hub)
    {
        var settings = _options.Control == Control.AsynchronousCommit
            ? new Dictionary<string, string> { ["synchronous_commit"] = "off", ["wal_writer_delay"] = "10s" }
            : null;
        Postgres = await PostgresServer.StartAsync(settings).ConfigureAwait(false);
        await Postgres.CreateDatabaseAsync(Database).ConfigureAwait(false);
        Proxy = StoreProxy.Start(Postgres.Port, hub);

        // GSS would ask the DNS for a realm, and in a namespace nobody answers.
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Host={Proxy.EndPoint.Address};Port={Proxy.EndPoint.Port};Username={PostgresServer.User};Database={Database};GSS Encryption Mode=Disable");
    }

    /// <returns>Messages that are still queued.</returns>
    private async Task<long> WaitForTheEndsAsync(TimeSpan timeout)
    {
        var queued = double.NaN;
        var emptyAnswers = 0;
        try
        {
            await Poll.UntilAsync(HasAllEndedAsync, timeout, s_pollInterval, () => string.Empty).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The evidence says what is left.
        }

        return double.IsNaN(queued) ? -1 : (long)queued;

        // A spool that is just being taken over counts nowhere: only an answer that stays is an answer.
        async Task<bool> HasAllEndedAsync()
        {
            if ((await Nodes.StartMissingAsync().ConfigureAwait(false)).Count > 0)
            {
                await Nodes.WaitUntilAllReadyAsync().ConfigureAwait(false);
            }

            queued = await QueuedAsync().ConfigureAwait(false);
            emptyAnswers = queued == 0 ? emptyAnswers + 1 : 0;
            return emptyAnswers >= (Outstanding() == 0 ? 3 : 50);
        }
    }

    /// <summary>Messages queued on all nodes; NaN if one does not answer.</summary>
    private async Task<double> QueuedAsync()
    {
        try
        {
            return await Nodes.SumMetricAsync("mta_queue_messages").ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            return double.NaN;
        }
    }

    /// <summary>Acknowledged recipients that have neither arrived nor bounced.</summary>
    private int Outstanding()
    {
        var ended = Steady.Received.Concat(_rough!.Received).SelectMany(mail => mail.Recipients).ToHashSet(StringComparer.Ordinal);
        ended.UnionWith(_return!.Received.SelectMany(BounceReport.Read).Select(report => report.Recipient));
        return Ledger.Entries.Where(mail => mail.Fate == Fate.Acknowledged)
            .SelectMany(mail => mail.Recipients.Where(recipient => mail.FateOf(recipient) == Fate.Acknowledged))
            .Count(recipient => !ended.Contains(recipient.Address));
    }

    private async Task<ClusterCounters> CountersAsync() => new(
        (long)await Nodes.SumMetricAsync("mta_delivered_total").ConfigureAwait(false),
        (long)await Nodes.SumMetricAsync("mta_bounced_total").ConfigureAwait(false));

    /// <summary>By process: one that was started anew holds what its own past made it hold.</summary>
    private async Task<Dictionary<(string What, int ProcessId), double>> MeasureAsync()
    {
        var values = new Dictionary<(string What, int ProcessId), double>();
        for (var node = 0; node < Nodes.Count; node++)
        {
            var process = Nodes[node]!;
            values[($"node{node} managed heap", process.Id)] = await process.GetMetricAsync("mta_managed_heap_bytes", collect: true).ConfigureAwait(false);
            values[($"node{node} file descriptors", process.Id)] = Directory.GetFiles($"/proc/{process.Id}/fd").Length;
        }

        return values;
    }
}
