using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos;

/// <summary>Runs with one thing in mind, and what each must show beyond the invariants.</summary>
public static class Scenarios
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_takeover = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_rejoin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_terminateTimeout = TimeSpan.FromSeconds(15);

    // Around the second for which the others gate the address of a node that broke off: its new incarnation listens about a second after its start.
    private static readonly ImmutableArray<TimeSpan> s_rejoins = [.. Enumerable.Range(0, 30).Select(round => TimeSpan.FromMilliseconds(50 * (round % 10)))];

    private static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>Runs one by its name.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static Task<RunReport> RunAsync(string name, ChaosOptions options, LoadOptions load, Action<string> tell) => name switch
    {
        "takeover" => TakeoverAsync(load, FaultKind.Kill),
        "handover" => TakeoverAsync(load, FaultKind.Terminate),
        "rejoin" => RejoinAsync(load with { Mix = Plain }, s_rejoins, tell),
        "rolling" => RollingRestartAsync(load with { Mix = Plain }, tell),
        "connection-limit" => ConnectionLimitAsync(load),
        "rate-limit" => RateLimitAsync(load with { RateLimit = "60/m", Rate = 5 }, perSecond: 1, options.Duration),
        "mixed-version" => MixedVersionAsync(load, options.Previous, tell),
        _ => throw new FormatException($"there is no scenario {name}"),
    };

    /// <summary>Mail that is taken, at once or on its third attempt: some of it always waits.</summary>
    public static MailMix Plain { get; } = new() { Kinds = [(9, [SinkBehaviour.Take]), (1, [SinkBehaviour.Defer])] };

    /// <summary>
    /// One node of several is lost under load: the youngest with the first seed, the oldest, where the coordinators run, with the last of as many seeds as there
    /// are nodes. Its mail moves again, and the clients of the others notice little.
    /// </summary>
    public static async Task<RunReport> TakeoverAsync(LoadOptions options, FaultKind kind)
    {
        options = options with { Mix = Plain };
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);

        // A cluster that has just started still moves its spools, and compiles its code.
        await load.SendAsync((int)(options.Rate ?? 200) * 20, s_patience).ConfigureAwait(false);
        var lost = options.Nodes - 1 - ((options.Seed - 1) % options.Nodes);
        var began = Now;
        if (kind == FaultKind.Kill)
        {
            load.Nodes.Kill(lost);
        }
        else
        {
            await load.Nodes.TerminateAsync(lost, s_terminateTimeout).ConfigureAwait(false);
        }

        var effective = Now;
        await load.SendAsync((int)(options.Rate ?? 200) * 15, s_patience).ConfigureAwait(false);
        load.Add(new Fault(kind, [load.Nodes.Names[lost]], began, effective, Now, Now));
        var evidence = await load.DrainAsync(s_patience).ConfigureAwait(false);

        var limit = kind == FaultKind.Kill ? s_takeover : s_second;
        var moved = RunStatistics.Of(evidence, load.Nodes.Names).Faults[0].Moved;
        var others = RunStatistics.AcceptLatency(evidence.Sent.Where(mail => mail.Node != lost && mail.SettledAt > began));
        return ChaosRun.Report(load, options, evidence, $"node {lost} of {options.Nodes} is lost: {kind}",
        [
            new Expectation($"its mail moves again in {limit.TotalSeconds:F0} s", moved is { } times && times.First < limit, moved is { } seen ? Text(seen.First) : "it had none"),
            new Expectation("p99 of the others' accept latency is below 1 s", others.P99 < s_second, Text(others.P99)),
        ]);
    }

    /// <summary>One node is killed and started again after each of <paramref name="pauses"/>: the others must let it in every time.</summary>
    public static async Task<RunReport> RejoinAsync(LoadOptions options, ImmutableArray<TimeSpan> pauses, Action<string> tell)
    {
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);
        var node = options.Nodes - 1;
        var slowest = TimeSpan.Zero;
        foreach (var pause in pauses)
        {
            await load.SendAsync(100, s_patience).ConfigureAwait(false);
            var took = await KillAndStartAsync(load, node, () => Task.Delay(pause)).ConfigureAwait(false);
            slowest = took > slowest ? took : slowest;
            tell($"started again after {Text(pause)}, ready after {Text(took)}");
        }

        var evidence = await load.DrainAsync(s_patience).ConfigureAwait(false);
        return ChaosRun.Report(load, options, evidence, $"node {node} of {options.Nodes} is killed and started again {pauses.Length} times",
        [
            new Expectation($"it is ready {s_rejoin.TotalSeconds:F0} s after each start", slowest < s_rejoin, Text(slowest)),
        ]);
    }

    /// <summary>All nodes are restarted, one after the other, under load; with other programs if there are some.</summary>
    public static async Task<RunReport> RollingRestartAsync(LoadOptions options, Action<string> tell, string? assembly = null)
    {
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);
        await load.SendAsync(500, s_patience).ConfigureAwait(false);
        for (var node = 0; node < load.Nodes.Count; node++)
        {
            var began = Now;
            var exitCode = await load.Nodes.TerminateAsync(node, s_terminateTimeout).ConfigureAwait(false);
            var effective = Now;
            load.Nodes.Launch(node, assembly);
            await load.Nodes.WaitUntilReadyAsync(node).ConfigureAwait(false);
            load.Add(new Fault(FaultKind.Terminate, [load.Nodes.Names[node]], began, effective, effective, Now));
            tell($"node {node} ended with {exitCode} and was started again");
            await load.SendAsync(200, s_patience).ConfigureAwait(false);
        }

        var evidence = await load.DrainAsync(s_patience).ConfigureAwait(false);
        var strange = load.Senders.Replies.Keys.Where(code => code is not (250 or 421 or 451)).ToArray();
        var repeated = evidence.Arrived.SelectMany(mail => mail.Recipients).GroupBy(recipient => recipient).Count(group => group.Count() > 1);
        return ChaosRun.Report(load, options, evidence, $"rolling restart of {options.Nodes} nodes",
        [
            new Expectation("no duplicates", repeated == 0, $"{repeated}"),
            new Expectation("clients see 250, 421 and 451 only", strange.Length == 0, load.Replies()),
            new Expectation("no session is cut off", load.Senders.LostConnections == 0, $"{load.Senders.LostConnections}"),
        ]);
    }

    /// <summary>A limit of two connections at a next hop that counts them, while a node is lost and comes back.</summary>
    public static async Task<RunReport> ConnectionLimitAsync(LoadOptions options)
    {
        options = options with { Connections = 2, Mix = Plain };
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);
        var each = (int)(options.Rate ?? 200) * 3;
        await load.SendAsync(each, s_patience).ConfigureAwait(false);
        await KillAndStartAsync(load, options.Nodes - 1, () => load.SendAsync(each, s_patience)).ConfigureAwait(false);
        await load.SendAsync(each, s_patience).ConfigureAwait(false);
        var evidence = await load.DrainAsync(s_patience).ConfigureAwait(false);
        var clients = load.Steady.Received.Select(mail => mail.Client).Distinct().Count();
        return ChaosRun.Report(load, options, evidence, "a limit of 2 connections",
        [
            new Expectation("never 3 connections at once", load.Steady.PeakConnections <= 2, $"at most {load.Steady.PeakConnections}"),
            new Expectation("all nodes delivered", clients == options.Nodes, $"{clients} of {options.Nodes}"),
        ]);
    }

    /// <summary>More mail than a rate allows. Ends with mail in the queue: only what arrived is judged.</summary>
    /// <param name="options">The cluster; its rate limit is that of <paramref name="perSecond"/>.</param>
    /// <param name="perSecond">The limit.</param>
    /// <param name="duration">How long it is watched.</param>
    public static async Task<RunReport> RateLimitAsync(LoadOptions options, double perSecond, TimeSpan duration)
    {
        options = options with { Mix = MailMix.Plain };
        await using var load = await ClusterUnderLoad.StartAsync(options).ConfigureAwait(false);
        load.Senders.Open();
        await load.Steady.WaitForAsync(1, s_patience).ConfigureAwait(false);
        await Task.Delay(duration).ConfigureAwait(false);
        await load.Senders.FinishAsync().ConfigureAwait(false);

        // docs/adr/0011: one second's worth may come at once, at least one, and each node may hold as much that it has not sent yet.
        var arrivals = load.Steady.Received.Select(mail => mail.ReceivedAt).Order().ToArray();
        var burst = Math.Max(1, Math.Floor(perSecond));
        var end = arrivals[0] + (long)(duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var count = arrivals.Count(arrival => arrival <= end);
        var allowed = (perSecond * duration.TotalSeconds) + (burst * (1 + options.Nodes));
        var evidence = new Evidence { Sent = [], Arrived = [] };
        return ChaosRun.Report(load, options, evidence, $"a rate of {options.RateLimit} over {duration.TotalSeconds:F0} s",
        [
            new Expectation($"at most {allowed:F0} messages", count <= allowed, $"{count}"),
            new Expectation("the rate is used", count >= 0.8 * perSecond * duration.TotalSeconds, $"{count}; more than the rate in any span: {Excess(arrivals, perSecond):F1}"),
        ]);
    }

    /// <summary>Kills a node, and starts it again after something else; how long it then took until it was ready.</summary>
    private static async Task<TimeSpan> KillAndStartAsync(ClusterUnderLoad load, int node, Func<Task> meanwhile)
    {
        var began = Now;
        load.Nodes.Kill(node);
        await load.Nodes.EndAsync(node).ConfigureAwait(false);
        var effective = Now;
        await meanwhile().ConfigureAwait(false);
        var launched = Now;
        load.Nodes.Launch(node);
        await load.Nodes.WaitUntilReadyAsync(node).ConfigureAwait(false);
        load.Add(new Fault(FaultKind.Kill, [load.Nodes.Names[node]], began, effective, effective, Now));
        return TimeProvider.System.GetElapsedTime(launched);
    }

    /// <summary>A cluster of the previous revision's nodes, to which the current ones come one by one.</summary>
    public static async Task<RunReport> MixedVersionAsync(LoadOptions options, string revision, Action<string> tell)
    {
        tell($"building the node of {revision}");
        await using var previous = await PreviousBuild.MakeAsync(revision).ConfigureAwait(false);
        var report = await RollingRestartAsync(options with { Mix = Plain, Assembly = _ => previous.Assembly }, tell, NodeProcess.DefaultAssembly).ConfigureAwait(false);
        return report with { Title = $"from {revision} to the current version, node by node" };
    }

    /// <summary>By how many messages the arrivals of any span exceed the rate at most.</summary>
    private static double Excess(long[] arrivals, double perSecond)
    {
        var (least, most) = (double.MaxValue, 0.0);
        for (var number = 0; number < arrivals.Length; number++)
        {
            var due = perSecond * (arrivals[number] - arrivals[0]) / TimeProvider.System.TimestampFrequency;
            least = Math.Min(least, number - due);
            most = Math.Max(most, number + 1 - due - least);
        }

        return most;
    }

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s");
}
