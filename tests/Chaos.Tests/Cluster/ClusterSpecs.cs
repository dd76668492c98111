using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos.Tests.Cluster;

/// <summary>
/// Three node processes on a private PostgreSQL under load: short runs of what the chaos program does at length. All invariants hold in each.
/// </summary>
public sealed class ClusterSpecs(ITestOutputHelper output)
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Mail_of_a_killed_node_moves_again_within_twelve_seconds_and_the_clients_of_the_others_notice_little()
    {
        RequireTime();
        AssertGood(await Scenarios.TakeoverAsync(new LoadOptions(), FaultKind.Kill));
    }

    [Fact]
    public async Task Mail_of_a_node_that_ends_by_SIGTERM_moves_on_within_a_second()
    {
        RequireTime();
        AssertGood(await Scenarios.TakeoverAsync(new LoadOptions { Seed = 2 }, FaultKind.Terminate));
    }

    [Fact]
    public async Task A_rolling_restart_under_load_loses_and_repeats_nothing_and_clients_see_421_and_451_at_most()
    {
        RequireTime();
        AssertGood(await Scenarios.RollingRestartAsync(new LoadOptions { Seed = 3, Rate = 100, Mix = Scenarios.Plain }, output.WriteLine));
    }

    [Fact]
    public async Task A_limit_of_two_connections_holds_while_a_node_is_killed_and_comes_back()
    {
        RequireTime();
        AssertGood(await Scenarios.ConnectionLimitAsync(new LoadOptions { Seed = 4, Rate = 100 }));
    }

    [Fact]
    public async Task A_rate_holds_for_the_whole_cluster()
    {
        RequireTime();
        AssertGood(await Scenarios.RateLimitAsync(new LoadOptions { Seed = 5, RateLimit = "20/s", Rate = 60 }, perSecond: 20, TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public async Task Nodes_that_are_killed_paused_and_restarted_lose_nothing() => AssertGood(await RunAsync(
        seed: 6,
        new PlannedFault(FaultKind.Kill, 0, FaultMoment.AfterAcknowledgement, s_soon, TimeSpan.FromSeconds(1), 1),
        new PlannedFault(FaultKind.Pause, 1, FaultMoment.AtDelivery, s_soon, TimeSpan.FromSeconds(14), 1),
        new PlannedFault(FaultKind.Kill, 2, FaultMoment.AtDelivery, s_soon, TimeSpan.FromSeconds(12), 1)));

    [Fact]
    public async Task A_store_that_is_stopped_killed_frozen_and_cut_off_at_a_COMMIT_loses_nothing_and_no_250_is_said_meanwhile()
    {
        RequireTime();
        AssertGood(await RunAsync(
            seed: 7,
            new PlannedFault(FaultKind.PostgresRestart, 0, FaultMoment.Any, s_soon, TimeSpan.FromSeconds(2), 1),
            new PlannedFault(FaultKind.PostgresKill, 0, FaultMoment.Any, s_soon, TimeSpan.FromSeconds(1), 1),
            new PlannedFault(FaultKind.PostgresFreeze, 0, FaultMoment.Any, s_soon, TimeSpan.FromSeconds(8), 1),
            new PlannedFault(FaultKind.PostgresBackends, 0, FaultMoment.Any, s_soon, s_soon, 3),
            new PlannedFault(FaultKind.PostgresCut, 0, FaultMoment.Any, s_soon, TimeSpan.FromSeconds(2), 10)));
    }

    [Fact]
    public async Task A_node_that_is_cut_off_from_the_others_stops_and_nothing_is_lost()
    {
        await RequireNamespacesAsync();

        AssertGood(await RunAsync(seed: 8, new PlannedFault(FaultKind.Partition, 2, FaultMoment.Any, s_soon, TimeSpan.FromSeconds(15), 1)));
    }

    [Fact]
    public async Task A_cluster_that_acknowledges_before_the_commit_is_caught_losing_mail()
    {
        RequireTime();
        var report = await new ChaosRun(output.WriteLine).RunAsync(
            new LoadOptions { Seed = 9, Control = Control.AcknowledgeBeforeCommit, Mix = Scenarios.Plain },
            [.. Enumerable.Range(0, 3).Select(node => new PlannedFault(FaultKind.Kill, node, FaultMoment.AfterAcknowledgement, s_soon, s_soon, 1))],
            TimeSpan.FromSeconds(60));

        output.WriteLine(report.ToString());
        Assert.False(report.Invariants[1].Holds);
    }

    private static void RequireTime() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("MTA_CHAOS") == "1", "issue 3 (the cluster): takes minutes, or judges seconds, and wants a machine with nothing else to do: set MTA_CHAOS=1");

    private async Task<RunReport> RunAsync(int seed, params PlannedFault[] plan) => await new ChaosRun(output.WriteLine).RunAsync(
        new LoadOptions { Seed = seed, Rate = 100, IsPartitionable = plan.Any(fault => fault.Kind == FaultKind.Partition) }, plan, TimeSpan.FromMinutes(2));

    private void AssertGood(RunReport report)
    {
        output.WriteLine(report.ToString());
        Assert.True(report.IsGood, report.ToString());
    }

    private static async Task RequireNamespacesAsync()
    {
        try
        {
            await using var attempt = await NetworkNamespaces.CreateAsync(1);
        }
        catch (InvalidOperationException notPermitted)
        {
            Assert.Skip(notPermitted.Message);
        }
    }
}
