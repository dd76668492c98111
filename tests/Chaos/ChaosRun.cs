using System.Diagnostics;
using System.Globalization;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos;

/// <summary>Load, faults at random, heal, drain, judge.</summary>
public sealed class ChaosRun(Action<string> tell)
{
    /// <summary>Mail before the first fault: the baseline.</summary>
    private const int Baseline = 1000;
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_sendTimeout = TimeSpan.FromSeconds(120);

    /// <summary>Runs.</summary>
    /// <param name="options">The cluster and its load.</param>
    /// <param name="plan">The faults, one after the other.</param>
    /// <param name="duration">No fault begins later than this after the baseline.</param>
    public async Task<RunReport> RunAsync(LoadOptions options, IEnumerable<PlannedFault> plan, TimeSpan duration)
    {
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);
        tell($"seed {options.Seed}: {options.Nodes} nodes take mail");
        await load.SendAsync(Baseline, s_sendTimeout).ConfigureAwait(false);
        await load.RememberResourcesAsync().ConfigureAwait(false);
        await InjectAsync(load, plan, duration).ConfigureAwait(false);
        tell($"seed {options.Seed}: {load.Acknowledged} acknowledged; draining");
        var evidence = await load.DrainAsync(s_drainTimeout).ConfigureAwait(false);
        var kinds = string.Join(", ", evidence.Faults.Select(fault => fault.Kind).Distinct());
        return Report(load, options, evidence, kinds.Length > 0 ? kinds : "no faults", []);
    }

    /// <summary>Judges what a run left.</summary>
    public static RunReport Report(ClusterUnderLoad load, LoadOptions options, Evidence evidence, string title, IReadOnlyList<Expectation> expectations) => new(
        title,
        options.Seed,
        InvariantChecker.Check(evidence),
        RunStatistics.Of(evidence, load.Nodes.Names),
        load.Senders.Replies,
        load.Senders.LostConnections,
        expectations,
        options.Control);

    private async Task InjectAsync(ClusterUnderLoad load, IEnumerable<PlannedFault> plan, TimeSpan duration)
    {
        var injector = new FaultInjector(load);
        var begun = Stopwatch.GetTimestamp();
        foreach (var fault in plan)
        {
            var left = duration - Stopwatch.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(fault.After < left ? fault.After : left).ConfigureAwait(false);
            tell(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(begun).TotalSeconds,6:F1} s: {fault}"));
            await injector.InjectAsync(fault).ConfigureAwait(false);
        }

        if (load.Faults.Count == 0)
        {
            // No faults: load alone.
            await Task.Delay(duration).ConfigureAwait(false);
        }
    }
}
