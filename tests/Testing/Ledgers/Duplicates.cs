using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>
/// Which arrivals are repetitions, and what explains each: SMTP itself cannot tell whether a next hop has taken a message when the session
/// or the sending node ends after the final dot (RFC 1047).
/// </summary>
public static class Duplicates
{
    /// <summary>
    /// A mail may come again only if its outcome was not durable when its node was lost: it had not arrived, or so shortly before.
    /// </summary>
    public static readonly TimeSpan OutcomeWindow = TimeSpan.FromSeconds(2);

    // What a lost node had sent may still be read by the sink this much later.
    private static readonly TimeSpan s_transit = TimeSpan.FromSeconds(1);

    /// <summary>Every arrival after the first, of mail and of DSNs.</summary>
    internal static InvariantResult Check(Case run)
    {
        var repetitions = Repetitions(run).ToArray();
        var violations = new List<Violation>();
        var byFault = new Dictionary<Fault, int>();
        var byDrop = 0;
        foreach (var (name, earlier, later) in repetitions)
        {
            if (!earlier.IsAnswered)
            {
                byDrop++;
            }
            else if (run.Evidence.Faults.FirstOrDefault(fault => Explains(fault, earlier, later)) is { } fault)
            {
                byFault[fault] = byFault.GetValueOrDefault(fault) + 1;
            }
            else
            {
                violations.Add(new Violation(name, $"arrived again after {Seconds(later.ReceivedAt - earlier.ReceivedAt):F1} s, from {later.Client}; first from {earlier.Client}; no fault explains it"));
            }
        }

        foreach (var (fault, count) in byFault)
        {
            var inFlight = run.Obligations.Values.Count(obligation => WasInFlight(run, obligation, fault));
            if (count > inFlight)
            {
                violations.Add(new Violation(fault.ToString(), $"{count} duplicates, and {inFlight} in flight"));
            }
        }

        var faults = string.Concat(byFault.Select(pair => $"; {pair.Value} by {pair.Key}"));
        return new InvariantResult(6, "duplicates only where a fault left a delivery in doubt", violations, $"{repetitions.Length} duplicates; {byDrop} after a dropped session{faults}");
    }

    private static IEnumerable<(string Name, ReceivedMail Earlier, ReceivedMail Later)> Repetitions(Case run)
    {
        var mail = run.Arrivals.SelectMany(pair => Pairs(pair.Key, pair.Value));
        var reports = run.Reports.GroupBy(report => (report.Recipient, report.ReportId))
            .SelectMany(group => Pairs($"DSN for {group.Key.Recipient}", [.. group.Select(report => report.Arrival).OrderBy(arrival => arrival.ReceivedAt)]));
        return mail.Concat(reports);
    }

    private static IEnumerable<(string Name, ReceivedMail Earlier, ReceivedMail Later)> Pairs(string name, ReceivedMail[] arrivals) =>
        arrivals.Zip(arrivals.Skip(1), (earlier, later) => (name, earlier, later));

    // A node that is paused or cut off may be given up at any time until it is back, and may go on with what it holds until it knows.
    private static bool Explains(Fault fault, ReceivedMail earlier, ReceivedMail later)
    {
        if (!fault.LeavesDoubt || fault.BeganAt > later.ReceivedAt || fault.BeganAt > earlier.ReceivedAt + Ticks(OutcomeWindow))
        {
            return false;
        }

        return fault.Kind == FaultKind.Kill
            ? fault.BeganAt >= earlier.ReceivedAt - Ticks(s_transit) && Names(fault, earlier)
            : fault.EndedAt >= earlier.ReceivedAt - Ticks(s_transit) && (Names(fault, earlier) || Names(fault, later));
    }

    private static bool Names(Fault fault, ReceivedMail mail) => fault.Nodes.IsEmpty || mail.Client.Length == 0 || fault.Nodes.Contains(mail.Client);

    private static bool WasInFlight(Case run, Case.Obligation obligation, Fault fault)
    {
        var until = fault.Kind == FaultKind.Kill ? fault.BeganAt : fault.EndedAt;
        return obligation.Mail.AttemptedAt > 0 && obligation.Mail.AttemptedAt <= until
            && !(run.FirstArrival(obligation.Recipient.Address) < fault.BeganAt - Ticks(OutcomeWindow));
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private static double Seconds(long ticks) => (double)ticks / TimeProvider.System.TimestampFrequency;
}
