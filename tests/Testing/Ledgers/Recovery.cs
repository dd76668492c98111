using System.Globalization;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>
/// After the loss of a node mail moves as before: half a minute later the time from acknowledgement to delivery is at most twice what it
/// was before the first fault.
/// </summary>
internal static class Recovery
{
    private const int FewestSamples = 50;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(30);

    // Below this, the machine's noise decides.
    private static readonly TimeSpan s_noise = TimeSpan.FromMilliseconds(500);

    public static InvariantResult Check(Case run)
    {
        const string promise = "after the loss of a node mail moves as before within 30 s";
        var losses = run.Evidence.Faults.Where(fault => fault.TakesANode).ToArray();
        if (losses.Length == 0)
        {
            return new InvariantResult(8, promise, [], "no node was lost", IsChecked: false);
        }

        var before = Latency.Of(Delays(run, 0, run.Evidence.Faults[0].BeganAt));
        var judged = losses.Select(fault => (Fault: fault, After: After(run, fault))).Where(pair => pair.After.Count >= FewestSamples).ToArray();
        if (before.Count < FewestSamples || judged.Length == 0)
        {
            return new InvariantResult(8, promise, [], "the run was too short around the faults", IsChecked: false);
        }

        var limit = TimeSpan.FromTicks(Math.Max(2 * before.P99.Ticks, s_noise.Ticks));
        return new InvariantResult(
            8,
            promise,
            [.. judged.Where(pair => pair.After.P99 > limit).Select(pair => new Violation(pair.Fault.ToString(), $"p99 {Text(pair.After.P99)} later, {Text(before.P99)} before"))],
            $"p99 {Text(before.P99)} before, at most {Text(judged.Max(pair => pair.After.P99))} after {judged.Length} of {losses.Length} faults");
    }

    // From half a minute after the fault until the next one.
    private static Latency After(Case run, Fault fault)
    {
        var since = fault.BeganAt + (long)(s_time.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var next = run.Evidence.Faults.Where(other => other.BeganAt > fault.BeganAt).Select(other => other.BeganAt).DefaultIfEmpty(long.MaxValue).Min();
        return Latency.Of(Delays(run, since, next));
    }

    /// <summary>Acknowledgement to arrival of plain mail that was acknowledged in this time.</summary>
    private static IEnumerable<long> Delays(Case run, long since, long until) =>
        from obligation in run.Obligations.Values
        where obligation.Fate == Fate.Acknowledged && SinkBehaviour.Of(obligation.Recipient.Address) == SinkBehaviour.Take
        where obligation.Mail.SettledAt >= since && obligation.Mail.SettledAt < until
        let arrival = run.FirstArrival(obligation.Recipient.Address)
        where arrival is not null
        select Math.Max(0, arrival.Value - obligation.Mail.SettledAt);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F0} ms");
}
