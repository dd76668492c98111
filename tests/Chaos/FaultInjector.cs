using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos;

/// <summary>Carries faults out, one at a time, and heals each before the next.</summary>
public sealed class FaultInjector(ClusterUnderLoad load)
{
    private static readonly TimeSpan s_momentTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_terminateTimeout = TimeSpan.FromSeconds(15);

    // How long a node that the others have given up may take to learn of it and to end.
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(15);

    private static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>Carries one out and heals it; what was done is in <see cref="ClusterUnderLoad.Faults"/> then.</summary>
    public Task InjectAsync(PlannedFault fault) => fault.Kind switch
    {
        FaultKind.Kill => KillAsync(fault),
        FaultKind.Pause => PauseAsync(fault),
        FaultKind.Terminate => TerminateAsync(fault),
        FaultKind.Partition => PartitionAsync(fault),
        FaultKind.PostgresRestart => OutageAsync(fault, () => Postgres.StopAsync(PostgresStop.Immediate), Postgres.StartAgainAsync),
        FaultKind.PostgresKill => OutageAsync(fault, Postgres.KillAsync, Postgres.StartAgainAsync),
        FaultKind.PostgresFreeze => OutageAsync(fault, At(Postgres.Freeze), At(Postgres.Thaw)),
        FaultKind.PostgresBackends => OutageAsync(fault, () => EndSessionsAsync(fault), At(() => { })),
        FaultKind.PostgresCut => OutageAsync(fault, At(() => load.Proxy!.CutCommits(fault.Count)), At(() => load.Proxy!.CutCommits(0))),
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    private PostgresServer Postgres => load.Postgres!;

    private static Func<Task> At(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    /// <summary>SIGKILL; another process takes its place after the hold.</summary>
    private async Task KillAsync(PlannedFault fault)
    {
        var began = await StrikeAsync(fault, () => load.Nodes.Kill(fault.Node)).ConfigureAwait(false);
        await load.Nodes.EndAsync(fault.Node).ConfigureAwait(false);
        var effective = Now;
        await Task.Delay(fault.Hold).ConfigureAwait(false);
        var healed = Now;
        await RestoreAsync().ConfigureAwait(false);
        Record(fault, began, effective, healed);
    }

    private async Task TerminateAsync(PlannedFault fault)
    {
        var began = Now;
        await load.Nodes.TerminateAsync(fault.Node, s_terminateTimeout).ConfigureAwait(false);
        var effective = Now;
        await Task.Delay(fault.Hold).ConfigureAwait(false);
        var healed = Now;
        await RestoreAsync().ConfigureAwait(false);
        Record(fault, began, effective, healed);
    }

    private async Task PauseAsync(PlannedFault fault)
    {
        var process = load.Nodes[fault.Node]!;
        var began = await StrikeAsync(fault, process.Pause).ConfigureAwait(false);
        var effective = Now;
        await Task.Delay(fault.Hold).ConfigureAwait(false);
        var healed = Now;
        process.Resume();
        await SettleAsync(process).ConfigureAwait(false);
        Record(fault, began, effective, healed);
    }

    private async Task PartitionAsync(PlannedFault fault)
    {
        var began = Now;
        foreach (var other in Enumerable.Range(0, load.Nodes.Count).Where(other => other != fault.Node))
        {
            await load.Namespaces!.CutAsync(fault.Node, other).ConfigureAwait(false);
        }

        var effective = Now;
        await Task.Delay(fault.Hold).ConfigureAwait(false);
        var healed = Now;
        await load.Namespaces!.HealAsync().ConfigureAwait(false);
        await SettleAsync(load.Nodes[fault.Node]!).ConfigureAwait(false);
        Record(fault, began, effective, healed);
    }

    private async Task OutageAsync(PlannedFault fault, Func<Task> strike, Func<Task> heal)
    {
        var began = Now;
        await strike().ConfigureAwait(false);
        var effective = Now;
        await Task.Delay(fault.Hold).ConfigureAwait(false);
        var healed = Now;
        await heal().ConfigureAwait(false);
        await RestoreAsync().ConfigureAwait(false);
        Record(fault, began, effective, healed);
    }

    private async Task EndSessionsAsync(PlannedFault fault)
    {
        for (var time = 0; time < Math.Min(fault.Count, 5); time++)
        {
            await Postgres.TerminateBackendsAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Strikes at the planned moment, on the thread that sees it; without such a moment after a while all the same.</summary>
    /// <returns>The timestamp just before.</returns>
    private async Task<long> StrikeAsync(PlannedFault fault, Action strike)
    {
        var struck = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isStruck = 0;
        void Strike()
        {
            if (Interlocked.Exchange(ref isStruck, 1) == 0)
            {
                var now = Now;
                strike();
                struck.SetResult(now);
            }
        }

        void AtSender(int node)
        {
            if (node == fault.Node)
            {
                Strike();
            }
        }

        void AtSink(ReceivedMail mail)
        {
            if (mail.Client == load.Nodes.Names[fault.Node])
            {
                Strike();
            }
        }

        load.Senders.Dot += fault.Moment == FaultMoment.AtDot ? AtSender : null;
        load.Senders.Acknowledged += fault.Moment == FaultMoment.AfterAcknowledgement ? AtSender : null;
        load.Steady.Recorded += fault.Moment == FaultMoment.AtDelivery ? AtSink : null;
        try
        {
            await struck.Task.WaitAsync(fault.Moment == FaultMoment.Any ? TimeSpan.Zero : s_momentTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Strike();
        }
        finally
        {
            load.Senders.Dot -= AtSender;
            load.Senders.Acknowledged -= AtSender;
            load.Steady.Recorded -= AtSink;
        }

        return await struck.Task.ConfigureAwait(false);
    }

    /// <summary>A node that is back may have been given up: it ends by itself then, and is started again.</summary>
    private async Task SettleAsync(NodeProcess process)
    {
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(process.HasExited), s_settleTime, TimeSpan.FromMilliseconds(100), () => string.Empty).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It was not given up.
        }

        await RestoreAsync().ConfigureAwait(false);
    }

    private async Task RestoreAsync()
    {
        await load.Nodes.StartMissingAsync().ConfigureAwait(false);
        await load.Nodes.WaitUntilAllReadyAsync().ConfigureAwait(false);
    }

    private void Record(PlannedFault fault, long began, long effective, long healed)
    {
        var isNode = fault.Kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Terminate or FaultKind.Partition;
        load.Add(new Fault(fault.Kind, isNode ? [load.Nodes.Names[fault.Node]] : [], began, effective, healed, Now));
    }
}
