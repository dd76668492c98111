using System.Net;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>
/// A node under load that is killed again and again and started on the same data each time; senders and sink stay. At the end
/// the queue drains, and the two ledgers are compared.
/// </summary>
internal sealed class CrashRun : IAsyncDisposable
{
    private const int Sessions = 10;
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private readonly LedgerSink _sink;
    private readonly NodeSettings _settings;
    private readonly SenderLedger _ledger;
    private readonly Senders _senders;
    private readonly List<Fault> _kills = [];
    private NodeProcess? _node;
    private volatile ArmedKill? _armed;

    public CrashRun(int seed, SinkScript? script = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        _sink = LedgerSink.Start(script);
        _settings = new NodeSettings
        {
            Directory = _directory.Path,
            NextHopPort = _sink.Port,
            Environment = environment ?? new Dictionary<string, string>(),
        };
        _ledger = new SenderLedger(seed);
        _senders = new Senders(_ledger, new SenderOptions
        {
            Nodes = [new IPEndPoint(IPAddress.Loopback, _settings.Port)],
            Sessions = Sessions,
        });
        _senders.Dot += _ => _armed?.See(KillMoment.AtDot);
        _senders.Acknowledged += _ => _armed?.See(KillMoment.AfterAcknowledgement);
        _sink.Recorded += _ => _armed?.See(KillMoment.AtDelivery);
    }

    /// <summary>How many were acknowledged so far.</summary>
    public int Acknowledged => _ledger.Entries.Count(entry => entry.Fate == Fate.Acknowledged);

    /// <summary>How many have been sent without a reply so far.</summary>
    public int Ambiguous => _ledger.Entries.Count(entry => entry.Fate == Fate.Ambiguous);

    /// <summary>Mail that has arrived more than once so far.</summary>
    public int Repeated => _sink.Received.GroupBy(mail => mail.Recipients[0]).Count(group => group.Count() > 1);

    /// <summary>Starts the node, lets the senders send, and kills it as planned.</summary>
    public async Task KillAsync(PlannedKill plan)
    {
        _node = NodeProcess.Launch(_settings);
        var armed = new ArmedKill(plan, _node);
        if (plan.Moment == KillMoment.WhileStarting)
        {
            armed.Fire();
        }
        else
        {
            await _node.WaitUntilReadyAsync().ConfigureAwait(false);
            _armed = armed;
            _senders.Open();
        }

        try
        {
            var killed = await armed.Killed.WaitAsync(RelayFixture.Patience).ConfigureAwait(false);
            _kills.Add(new Fault(FaultKind.Kill, [], killed, killed, killed, killed));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{plan} never came; the node {(_node.HasExited ? "ended by itself" : "runs")}:\n{_node.Output}");
        }

        _armed = null;
        await EndNodeAsync().ConfigureAwait(false);
    }

    /// <summary>Starts the node and sends until so many more are acknowledged, without a kill.</summary>
    public async Task SendAsync(int acknowledgements)
    {
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = 0;
        _node = await NodeProcess.StartAsync(_settings).ConfigureAwait(false);
        _senders.Acknowledged += _ =>
        {
            if (Interlocked.Increment(ref seen) == acknowledgements)
            {
                enough.TrySetResult();
            }
        };
        _senders.Open();
        await enough.Task.WaitAsync(RelayFixture.Patience).ConfigureAwait(false);
    }

    /// <summary>SIGTERM while the senders send.</summary>
    /// <returns>The exit code, and how many sessions were told 421.</returns>
    public async Task<(int ExitCode, int Farewells)> TerminateAsync(TimeSpan timeout)
    {
        var exitCode = await _node!.TerminateAsync(timeout).ConfigureAwait(false);
        await EndNodeAsync().ConfigureAwait(false);
        return (exitCode, _senders.Farewells);
    }

    /// <summary>
    /// Drains the queue and judges. A node that runs is drained after the load has ended for good; after a kill a new one is
    /// started while the senders wait, and more kills may follow.
    /// </summary>
    public async Task<InvariantReport> DrainAndCheckAsync()
    {
        if (_node is null)
        {
            _node = await NodeProcess.StartAsync(_settings).ConfigureAwait(false);
        }
        else
        {
            await _senders.FinishAsync().ConfigureAwait(false);
        }

        await _node.WaitForEmptyQueueAsync(RelayFixture.Patience).ConfigureAwait(false);
        Assert.Equal(0, await _node.TerminateAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false));
        await EndNodeAsync().ConfigureAwait(false);
        return InvariantChecker.Check(new Evidence { Sent = _ledger.Entries, Arrived = _sink.Received, Faults = _kills });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _senders.DisposeAsync().ConfigureAwait(false);
        await EndNodeAsync().ConfigureAwait(false);
        await _sink.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    private async Task EndNodeAsync()
    {
        _senders.Close();
        if (_node is not null)
        {
            await _node.DisposeAsync().ConfigureAwait(false);
            _node = null;
        }
    }
}
