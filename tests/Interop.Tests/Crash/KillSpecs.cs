using System.Globalization;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>kill -9 loses nothing that was acknowledged, and invents nothing; and the checker that says so can say otherwise.</summary>
public sealed class KillSpecs(ITestOutputHelper output)
{
    private const int Kills = 20;

    // MTA_TEST_SEED picks other moments; the seed is in the output.
    private static readonly int s_seed =
        int.TryParse(Environment.GetEnvironmentVariable("MTA_TEST_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 5321;

    [Fact]
    public async Task Twenty_kills_under_load_lose_nothing_and_invent_nothing()
    {
        await using var run = new CrashRun(s_seed);
        foreach (var kill in PlannedKill.Plan(s_seed, Kills))
        {
            output.WriteLine($"seed {s_seed}: {kill}, {run.Acknowledged} acknowledged before");
            await run.KillAsync(kill);
        }

        var verdict = await run.DrainAndCheckAsync();

        output.WriteLine($"{run.Acknowledged} acknowledged; {verdict}");
        Assert.True(verdict.IsClean, $"seed {s_seed}: {verdict}");
        Assert.True(run.Acknowledged > Kills * 10, $"too little load to prove anything: {run.Acknowledged}");
    }

    [Fact]
    public async Task A_node_that_acknowledges_before_the_commit_is_caught_losing_mail()
    {
        await using var run = new CrashRun(s_seed, environment: new Dictionary<string, string> { ["MTA_TEST_ACK_BEFORE_COMMIT"] = "1" });
        InvariantReport verdict;
        var kills = PlannedKill.Plan(s_seed, Kills).Select(kill => kill with { Moment = KillMoment.AfterAcknowledgement, Later = TimeSpan.Zero });
        using var plan = kills.GetEnumerator();
        do
        {
            // One kill loses mail as a rule; the window is a few milliseconds, so that it may take more.
            Assert.True(plan.MoveNext(), $"seed {s_seed}: {Kills} kills, and the checker saw no loss");
            await run.KillAsync(plan.Current);
            verdict = await run.DrainAndCheckAsync();
            output.WriteLine($"seed {s_seed}: {plan.Current}, {run.Acknowledged} acknowledged; {verdict}");
        }
        while (verdict[1].Holds);

        Assert.False(verdict.IsClean);
    }

    [Fact]
    public async Task A_sink_that_loses_one_message_is_caught()
    {
        var seen = 0;
        await using var run = new CrashRun(s_seed, new SinkScript { OnDot = _ => Interlocked.Increment(ref seen) == 100 ? DotAction.Lose : DotAction.Accept });
        await run.SendAsync(200);

        var verdict = await run.DrainAndCheckAsync();

        Assert.Single(verdict[1].Violations);
        Assert.False(verdict.IsClean);
        Assert.Equal(0, run.Repeated);
    }
}
