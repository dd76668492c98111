using System.Globalization;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>What a checker found; recipients stand for their mail.</summary>
/// <param name="Lost">Acknowledged, and never arrived.</param>
/// <param name="Phantom">Arrived, and was never sent.</param>
/// <param name="RefusedYetArrived">Answered 4xx or 5xx, and arrived all the same.</param>
/// <param name="Altered">Arrived with another envelope or other content.</param>
/// <param name="Duplicated">Arrived more than once: once for each arrival after the first.</param>
/// <param name="UnexplainedDuplicates">Those that no kill explains.</param>
/// <param name="InFlightAtKills">Mail that was in the node's hands at a kill, summed over the kills.</param>
/// <param name="Ambiguous">Sent without a reply, and how many of them arrived.</param>
public sealed record LedgerVerdict(
    IReadOnlyList<string> Lost,
    IReadOnlyList<string> Phantom,
    IReadOnlyList<string> RefusedYetArrived,
    IReadOnlyList<string> Altered,
    IReadOnlyList<string> Duplicated,
    IReadOnlyList<string> UnexplainedDuplicates,
    int InFlightAtKills,
    (int Sent, int Arrived) Ambiguous)
{
    /// <summary>True if no promise was broken.</summary>
    public bool IsClean => Lost.Count + Phantom.Count + RefusedYetArrived.Count + Altered.Count + UnexplainedDuplicates.Count == 0
        && Duplicated.Count <= InFlightAtKills;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        lost {Show(Lost)}; phantom {Show(Phantom)}; refused yet arrived {Show(RefusedYetArrived)}; altered {Show(Altered)};
        duplicates {Duplicated.Count} (unexplained {Show(UnexplainedDuplicates)}) of {InFlightAtKills} in flight at kills;
        ambiguous {Ambiguous.Sent}, {Ambiguous.Arrived} of them arrived
        """);

    private static string Show(IReadOnlyList<string> recipients) =>
        recipients.Count == 0 ? "0" : $"{recipients.Count} ({string.Join(", ", recipients.Take(5))})";
}

/// <summary>Compares what senders know with what a sink has. Pure: it believes neither side and knows no node.</summary>
public static class LedgerChecker
{
    /// <summary>
    /// A mail may come again only if it was in the node's hands at a kill: not yet arrived, or arrived so shortly before that
    /// its outcome may not have been durable.
    /// </summary>
    public static readonly TimeSpan OutcomeWindow = TimeSpan.FromSeconds(2);

    // What a killed node had sent may still be read by the sink this much later.
    private static readonly TimeSpan s_transit = TimeSpan.FromSeconds(1);

    /// <summary>Judges. Kills are timestamps of the system clock.</summary>
    public static LedgerVerdict Check(IReadOnlyCollection<LedgerEntry> sent, IReadOnlyCollection<ReceivedMail> arrived, IReadOnlyCollection<long> kills)
    {
        var entries = sent.ToDictionary(entry => entry.Recipient);
        var arrivals = arrived.GroupBy(mail => string.Join(',', mail.Recipients)).ToDictionary(group => group.Key, group => group.OrderBy(mail => mail.ReceivedAt).ToArray());
        var known = arrivals.Where(pair => entries.ContainsKey(pair.Key)).ToDictionary();
        return new LedgerVerdict(
            [.. sent.Where(entry => entry.Fate == Fate.Acknowledged && !arrivals.ContainsKey(entry.Recipient)).Select(entry => entry.Recipient)],
            [.. arrivals.Keys.Where(recipient => !entries.TryGetValue(recipient, out var entry) || entry.Fate == Fate.Unsent)],
            [.. known.Keys.Where(recipient => entries[recipient].Fate == Fate.Refused)],
            [.. known.Where(pair => pair.Value.Any(mail => IsAltered(entries[pair.Key], mail))).Select(pair => pair.Key)],
            [.. known.SelectMany(pair => Enumerable.Repeat(pair.Key, pair.Value.Length - 1))],
            [.. known.Where(pair => !AreRepetitionsExplained(pair.Value, kills)).Select(pair => pair.Key)],
            kills.Sum(kill => sent.Count(entry => WasInHand(entry, arrivals.GetValueOrDefault(entry.Recipient), kill))),
            (sent.Count(entry => entry.Fate == Fate.Ambiguous), known.Keys.Count(recipient => entries[recipient].Fate == Fate.Ambiguous)));
    }

    private static bool IsAltered(LedgerEntry entry, ReceivedMail mail) =>
        mail.ReversePath != entry.ReversePath || !mail.Content.AsSpan().EndsWith(entry.Content);

    private static bool AreRepetitionsExplained(ReceivedMail[] arrivals, IReadOnlyCollection<long> kills) =>
        arrivals.Zip(arrivals.Skip(1), (earlier, later) => kills.Any(kill =>
            kill <= later.ReceivedAt
            && kill >= earlier.ReceivedAt - Ticks(s_transit)
            && kill <= earlier.ReceivedAt + Ticks(OutcomeWindow))).All(explained => explained);

    private static bool WasInHand(LedgerEntry entry, ReceivedMail[]? arrivals, long kill) =>
        entry.AttemptedAt > 0 && entry.AttemptedAt <= kill && (arrivals is null || arrivals[0].ReceivedAt > kill - Ticks(OutcomeWindow));

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);
}
