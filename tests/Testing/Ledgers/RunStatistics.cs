using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>What happened around one fault.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="LongestGap">The longest time, of those that overlap the fault, in which no mail arrived at all.</param>
/// <param name="Moved">
/// From the fault to the arrival, from another node, of each mail that a lost node had acknowledged before it and that had not arrived: when the
/// first and when the last came. Null if there was none.
/// </param>
public sealed record FaultStatistics(Fault Fault, TimeSpan LongestGap, (TimeSpan First, TimeSpan Last)? Moved);

/// <summary>The speed of a run.</summary>
/// <param name="Accept">From MAIL to the reply to the final dot, of acknowledged mail.</param>
/// <param name="Delivery">From the acknowledgement to the arrival, of plain mail.</param>
/// <param name="Faults">Around each fault.</param>
public sealed record RunStatistics(Latency Accept, Latency Delivery, IReadOnlyList<FaultStatistics> Faults)
{
    /// <summary>Computes them.</summary>
    /// <param name="evidence">What a run left.</param>
    /// <param name="names">The names (of EHLO) of the nodes by number.</param>
    public static RunStatistics Of(Evidence evidence, IReadOnlyList<string> names)
    {
        var run = new Case(evidence);
        var delays = run.Obligations.Values
            .Where(obligation => obligation.Fate == Fate.Acknowledged && SinkBehaviour.Of(obligation.Recipient.Address) == SinkBehaviour.Take)
            .Select(obligation => run.FirstArrival(obligation.Recipient.Address) - obligation.Mail.SettledAt)
            .OfType<long>();
        var arrivals = evidence.Arrived.Select(mail => mail.ReceivedAt).Order().ToArray();
        return new RunStatistics(
            AcceptLatency(evidence.Sent),
            Latency.Of(delays.Select(delay => Math.Max(0, delay))),
            [.. evidence.Faults.Select(fault => new FaultStatistics(fault, LongestGap(arrivals, fault), Moved(run, fault, names)))]);
    }

    /// <summary>From MAIL to the reply to the final dot, of the acknowledged ones among these.</summary>
    public static Latency AcceptLatency(IEnumerable<SentMail> sent) =>
        Latency.Of(sent.Where(mail => mail.Fate == Fate.Acknowledged).Select(mail => mail.SettledAt - mail.BegunAt));

    private static TimeSpan LongestGap(long[] arrivals, Fault fault)
    {
        var gaps = arrivals.Zip(arrivals.Skip(1)).Where(pair => pair.Second >= fault.BeganAt && pair.First <= fault.EndedAt);
        return Span(gaps.Select(pair => pair.Second - pair.First).DefaultIfEmpty(0).Max());
    }

    private static (TimeSpan First, TimeSpan Last)? Moved(Case run, Fault fault, IReadOnlyList<string> names)
    {
        var moved = from obligation in run.Obligations.Values
                    let mail = obligation.Mail
                    where obligation.Fate == Fate.Acknowledged && mail.SettledAt < fault.BeganAt && fault.Nodes.Contains(names[mail.Node])
                    let first = run.Arrivals.GetValueOrDefault(obligation.Recipient.Address)?[0]
                    where first is not null && first.ReceivedAt > fault.BeganAt && !fault.Nodes.Contains(first.Client)
                    select first.ReceivedAt;
        var times = moved.ToArray();
        return times.Length == 0 ? null : (Span(times.Min() - fault.BeganAt), Span(times.Max() - fault.BeganAt));
    }

    private static TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / TimeProvider.System.TimestampFrequency);
}
