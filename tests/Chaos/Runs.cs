using System.Collections.Immutable;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos;

/// <summary>The runs that the program was asked for, one seed after the other.</summary>
internal static class Runs
{
    /// <returns>The exit code.</returns>
    public static async Task<int> MakeAsync(ChaosOptions options, Action<string> tell)
    {
        if (!options.IsEmbedded && !PostgresServer.IsAvailable)
        {
            tell(PostgresServer.WhyNot);
            return 3;
        }

        var reports = new List<RunReport>();
        var failures = 0;
        for (var seed = options.Seed; seed < options.Seed + options.Seeds; seed++)
        {
            try
            {
                var report = await RunAsync(options, seed, tell).ConfigureAwait(false);
                reports.Add(report);
                tell(report.ToString());
            }
            catch (Exception error) when (error is TimeoutException or InvalidOperationException or IOException or HttpRequestException)
            {
                failures++;
                tell($"seed {seed}: no run: {error.Message}");
            }
        }

        await WriteAsync(options.Json, reports).ConfigureAwait(false);
        var bad = reports.Count(report => !report.IsGood);
        tell($"{reports.Count - bad} good, {bad} bad, {failures} not made");
        return failures > 0 ? 3 : bad > 0 ? 1 : 0;
    }

    private static async Task<RunReport> RunAsync(ChaosOptions options, int seed, Action<string> tell)
    {
        var load = new LoadOptions
        {
            Seed = seed,
            Nodes = options.Nodes,
            Rate = options.Rate,
            Control = options.Control,
            IsEmbedded = options.IsEmbedded,
            Logs = options.Logs,
            IsPartitionable = options.Faults.Contains(FaultKind.Partition),
        };
        if (options.Scenario is { } scenario)
        {
            return await Scenarios.RunAsync(scenario, options, load, tell).ConfigureAwait(false);
        }

        var faults = await PermittedAsync(options.Faults, tell).ConfigureAwait(false);
        load = load with { IsPartitionable = faults.Contains(FaultKind.Partition) };
        return await new ChaosRun(tell).RunAsync(load, FaultPlan.Draw(seed, faults, options.Nodes), options.Duration).ConfigureAwait(false);
    }

    /// <summary>Without the partitions where they cannot be made.</summary>
    private static async Task<ImmutableArray<FaultKind>> PermittedAsync(ImmutableArray<FaultKind> faults, Action<string> tell)
    {
        if (!faults.Contains(FaultKind.Partition))
        {
            return faults;
        }

        try
        {
            await using var attempt = await NetworkNamespaces.CreateAsync(1).ConfigureAwait(false);
            return faults;
        }
        catch (InvalidOperationException reason) when (faults.Length > 1)
        {
            tell($"no partitions: {reason.Message}");
            return faults.Remove(FaultKind.Partition);
        }
    }

    private static async Task WriteAsync(string? file, List<RunReport> reports)
    {
        if (file == "-")
        {
            Console.WriteLine(RunReport.ToJson(reports));
        }
        else if (file is not null)
        {
            await File.WriteAllTextAsync(file, RunReport.ToJson(reports)).ConfigureAwait(false);
        }
    }
}
