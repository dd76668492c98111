using System.Net;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Spool;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Dns;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Storage.PostgreSql;

namespace MtaCluster.Node.Hosting;

/// <content>
/// From the start to the end: join, open, drain, leave. The order in which a node goes: its clients are told 421 and finish what they have in
/// hand, deliveries under way end, then the spools are handed over, and the node leaves the cluster.
/// </content>
internal sealed partial class MtaNode
{
    /// <summary>The exit code of a node that was put out of its cluster: whoever watches over the process is to start it afresh.</summary>
    public const int RemovedExitCode = 3;

    /// <summary>The exit code of a node that could not start.</summary>
    public const int FailedExitCode = 1;

    // Together they stay below the ten seconds that a stop may take.
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(3.5);
    private static readonly TimeSpan s_sweepTimeout = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_handOverTimeout = TimeSpan.FromSeconds(2.4);
    private static readonly TimeSpan s_leaveTimeout = TimeSpan.FromSeconds(3.5);
    private static readonly TimeSpan s_removedTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _opening = Task.CompletedTask;
    private int _removed;

    /// <summary>What the process is to end with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Why the storage must not be used as it is, or null.</summary>
    public string? Refusal { get; private set; }

    private bool IsAlone => settings.Cluster.SeedNodes.IsEmpty;

    private bool IsRemoved => Volatile.Read(ref _removed) != 0;

    /// <summary>The admin endpoint listens: the node may say that it has started.</summary>
    public void AdminIsOpen(IPEndPoint address)
    {
        _adminAddress = address;
        _started.TrySetResult();
    }

    private IPEndPoint? _adminAddress;

    /// <summary>The first moment of a stop: no new mail from now on.</summary>
    public void BeginDrain()
    {
        Readiness.Reach(NodeStage.Draining);
        Inbound?.BeginDrain();
    }

    /// <summary>Drains: sessions and deliveries under way end and their outcomes are journaled; then the node hands its spools over and leaves.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginDrain();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _opening.ConfigureAwait(false);
        if (_system is null)
        {
            return;
        }

        await Task.WhenAll(CloseListenersAsync(), DrainEgressAsync()).ConfigureAwait(false);
        await StopSweepAsync().ConfigureAwait(false);
        await HandOverAsync().ConfigureAwait(false);
        try
        {
            await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance)
                .WaitAsync(IsRemoved ? s_removedTimeout : s_leaveTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogShutdownIncomplete(_log);
        }

        LogStopped(_log);
    }

    // Never throws: what goes wrong here ends the process.
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            _storage = settings.Storage.PostgreSql is { } postgres
                ? new PostgreSqlStorage(settings, postgres, loggers, time)
                : new EmbeddedStorage(settings, loggers);
            await _storage.PrepareAsync(Health, cancellationToken).ConfigureAwait(false);
            var system = StartSystem(_storage);
            await JoinAsync(system, cancellationToken).ConfigureAwait(false);
            await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_listeners is not null)
            {
                await _listeners.OpenAsync(cancellationToken).ConfigureAwait(false);
            }

            Readiness.Reach(NodeStage.Open);
            LogStarted(_log, _listeners is null ? "none" : string.Join(' ', _listeners.Addresses), _adminAddress!, Environment.ProcessId);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped before it was open.
        }
        catch (StorageRefusedException refused)
        {
            Refusal = refused.Message;
            End(ConfigurationLoader.InvalidExitCode);
        }
        catch (Exception failure)
        {
            LogFailed(_log, failure);
            End(FailedExitCode);
        }
    }

    private ActorSystem StartSystem(IStorageBackend storage)
    {
        Readiness.Reach(NodeStage.Joining);
        _resolver = new DnsMxResolver(new DnsMxResolverOptions { Servers = settings.Dns.Servers, Timeout = settings.Dns.Timeout }, time);
        _system = ActorSystem.Create(ActorSystemConfiguration.SystemName, Setup(storage));
        _ = WatchForEndAsync(_system);
        StartActors(_system, storage, _resolver);
        ClusterMembership.Start(_system, new MembershipServices(settings.Cluster.SplitBrain.Policy, Health, Leave, Remove, time));
        return _system;
    }

    private async Task JoinAsync(ActorSystem system, CancellationToken cancellationToken)
    {
        await new ClusterJoin(system, settings.Cluster, _log).JoinAsync(cancellationToken).ConfigureAwait(false);
        Readiness.Reach(NodeStage.OpeningSpools);
        if (settings.Cluster.HasRole(ClusterRoles.Spool))
        {
            _sweep = SpoolSharding.StartSweep(system, _spools!, settings.Cluster.Spools, Spools, Health);
        }

        await (IsAlone ? RecoverAsync(cancellationToken) : ClusterJoin.WaitForSpoolsAsync(_spools!, cancellationToken)).ConfigureAwait(false);
        if (!IsAlone && settings.Cluster.HasRole(ClusterRoles.Spool) && settings.Cluster.HasRole(ClusterRoles.Edge))
        {
            await ClusterJoin.WaitForLocalSpoolAsync(Spools, cancellationToken).ConfigureAwait(false);
        }
    }

    private void End(int exitCode)
    {
        ExitCode = exitCode;
        lifetime.StopApplication();
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await Spools.AllOpened.WaitAsync(cancellationToken).ConfigureAwait(false);
        var orphans = await Task.Run(_storage!.Bodies.SweepOrphans, cancellationToken).ConfigureAwait(false);
        LogRecovered(_log, Spools.QueuedMessages, orphans);
    }

    private Task CloseListenersAsync() => _listeners?.CloseAsync(IsRemoved ? s_removedTimeout : s_drainTimeout) ?? Task.CompletedTask;

    private async Task DrainEgressAsync()
    {
        if (IsRemoved || !settings.Cluster.HasRole(ClusterRoles.Egress))
        {
            return;
        }

        try
        {
            await _egress!.Ask<EgressDrained>(DrainEgress.Instance, s_drainTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            LogDrainIncomplete(_log);
        }
    }

    // It would ask for homes of shards that are being handed over.
    private async Task StopSweepAsync()
    {
        try
        {
            await (_sweep?.GracefulStop(s_sweepTimeout) ?? Task.FromResult(true)).ConfigureAwait(false);
        }
        catch (TaskCanceledException)
        {
            LogShutdownIncomplete(_log);
        }
    }

    // Before the node leaves: the coordinator of the shards may run here, and takes seconds to move.
    private async Task HandOverAsync()
    {
        if (IsRemoved || IsAlone || !settings.Cluster.HasRole(ClusterRoles.Spool))
        {
            return;
        }

        try
        {
            await SpoolSharding.HandOverAsync(_spools!, _moves!, s_handOverTimeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogHandOverIncomplete(_log);
        }
    }

    /// <summary>An administrator wants this node to leave the cluster: the process ends as by a signal.</summary>
    private void Leave() => lifetime.StopApplication();

    /// <summary>
    /// This node was put out of the cluster: its mail is going on elsewhere. It stops accepting and delivering now, and ends, to be started
    /// afresh; a delivery that it broke off is made again by the other, which is the lesser evil to making it twice for certain.
    /// </summary>
    private void Remove(string reason)
    {
        if (_stopping.IsCancellationRequested || Interlocked.Exchange(ref _removed, 1) != 0)
        {
            return;
        }

        Readiness.Reach(NodeStage.Removed);
        LogRemoved(_log, reason);
        Inbound?.BeginDrain();
        _system!.Stop(_egress);
        End(RemovedExitCode);
    }

    private async Task WatchForEndAsync(ActorSystem system)
    {
        await system.WhenTerminated.ConfigureAwait(false);
        Remove("its actor system has ended");
    }

    [LoggerMessage(2000, LogLevel.Information, "SMTP on {smtp}, admin on {admin}, process {processId}", EventName = "NodeStarted")]
    private static partial void LogStarted(ILogger logger, string smtp, IPEndPoint admin, int processId);

    [LoggerMessage(2001, LogLevel.Information, "Recovered {messages} queued messages; freed {orphans} bodies that nobody had accepted", EventName = "QueueRecovered")]
    private static partial void LogRecovered(ILogger logger, long messages, int orphans);

    [LoggerMessage(2002, LogLevel.Warning, "Deliveries did not end in time; they are tried again after the start", EventName = "DrainIncomplete")]
    private static partial void LogDrainIncomplete(ILogger logger);

    [LoggerMessage(2003, LogLevel.Warning, "The actor system did not end in time", EventName = "ShutdownIncomplete")]
    private static partial void LogShutdownIncomplete(ILogger logger);

    [LoggerMessage(2008, LogLevel.Warning, "Spools were not seen to run elsewhere in time", EventName = "HandOverIncomplete")]
    private static partial void LogHandOverIncomplete(ILogger logger);

    [LoggerMessage(2004, LogLevel.Information, "Stopped", EventName = "NodeStopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(2006, LogLevel.Critical, "The node could not start", EventName = "NodeFailed")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    [LoggerMessage(2007, LogLevel.Critical, "No mail is taken or delivered here any more, and the process ends, to be started afresh: {reason}", EventName = "NodeRemoved")]
    private static partial void LogRemoved(ILogger logger, string reason);
}
