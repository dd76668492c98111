using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>Evidence, joined by recipient.</summary>
internal sealed class Case
{
    public Case(Evidence evidence)
    {
        Evidence = evidence;
        Obligations = evidence.Sent
            .SelectMany(mail => mail.Recipients.Select(recipient => new Obligation(mail, recipient)))
            .ToDictionary(obligation => obligation.Recipient.Address, StringComparer.Ordinal);
        Arrivals = evidence.Arrived
            .SelectMany(mail => mail.Recipients.Select(recipient => (Recipient: recipient, Mail: mail)))
            .GroupBy(arrival => arrival.Recipient, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(arrival => arrival.Mail).OrderBy(mail => mail.ReceivedAt).ToArray(), StringComparer.Ordinal);
        Reports = [.. evidence.Returned.SelectMany(BounceReport.Read)];
        Bounces = Reports.ToLookup(report => report.Recipient, StringComparer.Ordinal);
    }

    public Evidence Evidence { get; }

    /// <summary>Every recipient of every mail that was begun.</summary>
    public Dictionary<string, Obligation> Obligations { get; }

    /// <summary>What arrived for a recipient, in order of time.</summary>
    public Dictionary<string, ReceivedMail[]> Arrivals { get; }

    /// <summary>All failures that were reported.</summary>
    public IReadOnlyList<BounceReport> Reports { get; }

    /// <summary>The failures that were reported for a recipient.</summary>
    public ILookup<string, BounceReport> Bounces { get; }

    /// <summary>The names of all recipients that arrived or bounced.</summary>
    public IEnumerable<string> Ended => Arrivals.Keys.Union(Bounces.Select(group => group.Key), StringComparer.Ordinal);

    /// <summary>When a recipient's mail first arrived; null if it never did.</summary>
    public long? FirstArrival(string recipient) => Arrivals.TryGetValue(recipient, out var arrivals) ? arrivals[0].ReceivedAt : null;

    /// <summary>One recipient of one mail.</summary>
    internal sealed record Obligation(SentMail Mail, SentRecipient Recipient)
    {
        public Fate Fate => Mail.FateOf(Recipient);
    }
}
