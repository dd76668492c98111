using System.Globalization;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>
/// Compares what senders know with what sinks and return path have, and both with what the cluster says of itself. Pure: it believes no
/// side and knows no node.
/// </summary>
public static class InvariantChecker
{
    /// <summary>Judges.</summary>
    public static InvariantReport Check(Evidence evidence)
    {
        var run = new Case(evidence);
        return new InvariantReport(
        [
            Conservation(run),
            NoPhantoms(run),
            RefusedStaysRefused(run),
            NothingIsAltered(run),
            OneEnding(run),
            Duplicates.Check(run),
            NoAcknowledgementWithoutAStore(run),
            Recovery.Check(run),
            Accounts(run),
            NothingLeaks(run),
        ]);
    }

    private static InvariantResult Conservation(Case run)
    {
        var acknowledged = run.Obligations.Values.Where(obligation => obligation.Fate == Fate.Acknowledged).ToArray();
        var violations = acknowledged
            .Where(obligation => !run.Arrivals.ContainsKey(obligation.Recipient.Address) && !run.Bounces.Contains(obligation.Recipient.Address))
            .Select(obligation => new Violation(obligation.Recipient.Address, $"lost: node {obligation.Mail.Node} said \"{obligation.Mail.Reply}\""))
            .ToList();
        if (run.Evidence.Queued > 0)
        {
            violations.Add(new Violation("the queue", $"{run.Evidence.Queued} messages are left after the drain"));
        }

        var ambiguous = run.Obligations.Values.Where(obligation => obligation.Fate == Fate.Ambiguous).ToArray();
        var ended = ambiguous.Count(obligation => run.Arrivals.ContainsKey(obligation.Recipient.Address) || run.Bounces.Contains(obligation.Recipient.Address));
        return new InvariantResult(
            1,
            "what was acknowledged is delivered or bounced",
            violations,
            $"{acknowledged.Length} acknowledged; {ambiguous.Length} without a reply, {ended} of them delivered or bounced");
    }

    private static InvariantResult NoPhantoms(Case run)
    {
        var unknown = run.Ended
            .Where(recipient => !run.Obligations.TryGetValue(recipient, out var obligation) || obligation.Fate == Fate.Unsent)
            .Select(recipient => new Violation(recipient, run.Obligations.ContainsKey(recipient) ? "its final dot was never sent" : "it was never sent"));
        var unreadable = run.Evidence.Returned
            .Where(mail => !BounceReport.Read(mail).Any())
            .Select(mail => new Violation(mail.Recipients[0], "mail at the return path that reports no failure"));
        return new InvariantResult(2, "nothing arrives that was not sent", [.. unknown, .. unreadable], string.Empty);
    }

    private static InvariantResult RefusedStaysRefused(Case run)
    {
        var refused = run.Obligations.Values.Where(obligation => obligation.Fate == Fate.Refused).ToArray();
        var ended = run.Ended.ToHashSet(StringComparer.Ordinal);
        return new InvariantResult(
            3,
            "what was answered 4xx or 5xx is not delivered later",
            [.. refused.Where(obligation => ended.Contains(obligation.Recipient.Address))
                .Select(obligation => new Violation(obligation.Recipient.Address, $"it was answered \"{obligation.Recipient.Refusal ?? obligation.Mail.Reply}\""))],
            $"{refused.Length} refused");
    }

    private static InvariantResult NothingIsAltered(Case run)
    {
        var arrivals = run.Evidence.Arrived.Select(mail => (Mail: mail, What: Alteration(run, mail)));
        var reports = run.Reports.Select(report => (Mail: report.Arrival, What: Misdirection(run, report)));
        return new InvariantResult(
            4,
            "bodies are identical, envelopes exact, nothing is mixed",
            [.. arrivals.Concat(reports).Where(pair => pair.What is not null).Select(pair => new Violation(pair.Mail.Recipients[0], pair.What!))],
            string.Empty);
    }

    private static string? Alteration(Case run, ReceivedMail mail)
    {
        if (!run.Obligations.TryGetValue(mail.Recipients[0], out var first))
        {
            return null;
        }

        var sent = first.Mail;
        return mail.Recipients.FirstOrDefault(recipient => !sent.Recipients.Any(known => known.Address == recipient)) is { } stranger ? $"mixed with {stranger}"
            : mail.Recipients.Distinct(StringComparer.Ordinal).Count() < mail.Recipients.Length ? "a recipient stands twice in the envelope"
            : mail.ReversePath != sent.ReversePath ? $"it came from <{mail.ReversePath}>"
            : !mail.Content.AsSpan().EndsWith(sent.Content) ? "other content"
            : !IsTrace(mail.Content.AsSpan()[..^sent.Content.Length]) ? "more than trace fields above the content"
            : null;
    }

    private static string? Misdirection(Case run, BounceReport report) =>
        report.Arrival.ReversePath.Length > 0 ? $"a DSN from <{report.Arrival.ReversePath}>"
        : run.Obligations.TryGetValue(report.Recipient, out var obligation) && obligation.Mail.ReversePath != report.To ? $"its DSN went to {report.To}"
        : null;

    /// <summary>Whether these are whole Received fields and nothing else.</summary>
    private static bool IsTrace(ReadOnlySpan<byte> header)
    {
        var first = true;
        while (!header.IsEmpty)
        {
            var end = header.IndexOf("\r\n"u8);
            if (end <= 0 || !(header.StartsWith("Received:"u8) || (!first && header[0] is (byte)' ' or (byte)'\t')))
            {
                return false;
            }

            first = false;
            header = header[(end + 2)..];
        }

        return true;
    }

    private static InvariantResult OneEnding(Case run)
    {
        var violations = new List<Violation>();
        foreach (var (recipient, obligation) in run.Obligations)
        {
            var delivered = run.Arrivals.ContainsKey(recipient);
            var reports = run.Bounces[recipient].Select(report => report.ReportId).Distinct(StringComparer.Ordinal).Count();
            var what = delivered && reports > 0 ? "delivered, and bounced as well"
                : reports > 1 ? $"bounced in {reports} reports"
                : reports > 0 && obligation.Recipient.Ending == Ending.Delivery ? "bounced, though the next hop takes it"
                : delivered && obligation.Recipient.Ending == Ending.Bounce ? "delivered, though the next hop refused it"
                : null;
            if (what is not null)
            {
                violations.Add(new Violation(recipient, what));
            }
        }

        return new InvariantResult(5, "each recipient has exactly one end", violations, $"{run.Bounces.Count} bounced");
    }

    private static InvariantResult NoAcknowledgementWithoutAStore(Case run)
    {
        var outages = run.Evidence.Faults.Where(fault => fault.StopsTheStore).ToArray();
        var meanwhile = outages
            .SelectMany(outage => run.Evidence.Sent.Where(mail => mail.BegunAt > outage.EffectiveAt && mail.SettledAt > 0 && mail.SettledAt < outage.HealedAt))
            .ToArray();
        return new InvariantResult(
            7,
            "no 250 while the store is down; replies are 4xx",
            [.. meanwhile.Where(mail => mail.Reply!.Code is < 400 or >= 500).Select(mail => new Violation(mail.Name, $"answered \"{mail.Reply}\" by node {mail.Node}"))],
            outages.Length == 0 ? "the store was not stopped" : $"{meanwhile.Length} answers in {outages.Length} outages",
            IsChecked: outages.Length > 0);
    }

    private static InvariantResult Accounts(Case run)
    {
        const string promise = "the ledger and the counters agree with those outside";
        if (run.Evidence.Account is null && run.Evidence.Counters is null)
        {
            return new InvariantResult(9, promise, [], "the cluster was not asked", IsChecked: false);
        }

        var dsns = run.Evidence.Returned.Select(mail => BounceReport.Read(mail).FirstOrDefault()?.ReportId).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        long delivered = run.Arrivals.Count + dsns;
        long bounced = run.Bounces.Count;
        var violations = new List<Violation>();
        if (run.Evidence.Account is { } account)
        {
            Compare("ledger, delivered", account.Delivered, delivered);
            Compare("ledger, bounced", account.Bounced, bounced);
            Compare("ledger, accepted", account.Accepted, delivered + bounced);
            Compare("ledger, queued", account.Queued, 0);
            Compare("ledger, suspects", account.Suspects, 0);
        }

        if (run.Evidence.Counters is { } counters)
        {
            Compare("counters, delivered", counters.Delivered, delivered);
            Compare("counters, bounced", counters.Bounced, bounced);
        }

        return new InvariantResult(9, promise, violations, $"{delivered} delivered, {dsns} of them DSNs; {bounced} bounced");

        void Compare(string what, long inside, long outside)
        {
            if (inside != outside)
            {
                violations.Add(new Violation(what, string.Create(CultureInfo.InvariantCulture, $"{inside}, outside {outside}")));
            }
        }
    }

    private static InvariantResult NothingLeaks(Case run) => new(
        10,
        "what the cluster holds is flat",
        [.. run.Evidence.Resources.Where(use => use.After > (use.Before * 1.1) + use.Slack)
            .Select(use => new Violation(use.What, Text(use)))],
        run.Evidence.Resources.Count == 0 ? "no node ran through, or it was not measured" : string.Join(", ", run.Evidence.Resources.Select(Text)),
        IsChecked: run.Evidence.Resources.Count > 0);

    private static string Text(ResourceUse use) => string.Create(CultureInfo.InvariantCulture, $"{use.What} {use.Before:F0} → {use.After:F0}");
}
