using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Actors.Spool;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>The queued mail of the whole cluster. Every command selects by the same filters.</summary>
internal static class QueuePalette
{
    private const int DefaultLimit = 100;
    private const string Null = "<>";

    private static readonly ImmutableArray<ParameterDescription> s_filters =
    [
        Parameters.Text("domain", "With a recipient of this domain that is not done"),
        Parameters.Text("sender", $"With this reverse-path; {Null} for the null reverse-path"),
        Parameters.Text("recipient", "With this recipient, not done"),
        Parameters.Choice("status", "In this state", [.. Enum.GetNames<QueueStatus>().Select(name => name.ToLowerInvariant())]),
        Parameters.Duration("older-than", "Received longer ago than this"),
    ];

    public static Palette Create() => new("queue", "The queued mail",
    [
        new Command("summary", "How much waits for which domain, since when, until when, and why", SummaryAsync) { Switches = s_filters },
        new Command("list", "The messages, oldest first", ListAsync)
        {
            Switches = s_filters.Add(Parameters.Number("limit", $"So many at most; without it {DefaultLimit.ToString(CultureInfo.InvariantCulture)}")),
        },
        new Command("flush", "Messages that wait for their next attempt are tried now", FlushAsync)
        {
            Switches = s_filters.Add(Parameters.Number("limit", "So many of each spool at most; without it all")),
            Changes = true,
        },
    ]);

    /// <summary>The state of a message in a word: one that its sender wants to be held waits for its release.</summary>
    internal static string StatusOf(MessageDescription message, DateTimeOffset now)
        => message.Status == QueueStatus.Waiting && message.Options.HoldUntil > now ? "held" : message.Status.ToString().ToLowerInvariant();

    private static QueueFilter FilterOf(CommandContext context, int limit)
    {
        var arguments = context.Arguments;
        return new QueueFilter(
            arguments.Text("domain"),
            arguments.Text("sender") is { } sender ? sender == Null ? "" : sender : null,
            arguments.Text("recipient"),
            arguments.Text("status") is { } status ? Enum.Parse<QueueStatus>(status, ignoreCase: true) : null,
            arguments.Duration("older-than") is { } age ? context.Now - age : null,
            arguments.Number("limit", limit));
    }

    private static async Task SummaryAsync(CommandContext context)
    {
        var filter = FilterOf(context, 0);
        var spools = await context.Cluster.AskSpoolsAsync<QueueSummarized>(spool => new SummarizeQueue(spool, filter)).ConfigureAwait(false);
        var rows = spools.SelectMany(spool => spool.Domains).GroupBy(domain => domain.Domain).Select(DomainRow.Of)
            .OrderByDescending(row => row.Recipients).ThenBy(row => row.Domain, StringComparer.Ordinal).ToArray();
        var table = new Table<DomainRow>()
            .Column("DOMAIN", row => row.Domain)
            .Number("RECIPIENTS", row => row.Recipients)
            .Right("SIZE", row => Texts.Octets(row.Octets))
            .Right("OLDEST", row => Texts.Since(row.Oldest, context.Now))
            .Right("NEXT ATTEMPT", row => Texts.Until(row.NextAttempt, context.Now))
            .Column("LAST REPLY", row => row.LastReply);
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        var (messages, recipients) = (spools.Sum(spool => spool.Messages), rows.Sum(row => row.Recipients));
        await context.Replies.LineAsync(
            $"Total: {Texts.Count(messages, "message")} for {Texts.Count(recipients, "recipient")} in {Texts.Count(rows.Length, "domain")}",
            new { total = new { messages, recipients, domains = rows.Length } }).ConfigureAwait(false);
    }

    private static async Task ListAsync(CommandContext context)
    {
        var filter = FilterOf(context, DefaultLimit);
        var spools = await context.Cluster.AskSpoolsAsync<MessagesListed>(spool => new ListMessages(spool, filter)).ConfigureAwait(false);
        var matching = spools.Sum(spool => spool.Matching);
        var rows = spools.SelectMany(spool => spool.Messages.Select(message => MessageRow.Of(message, spool.Node, context.Now)))
            .OrderBy(row => row.ReceivedAt).Take(filter.Limit).ToArray();
        var table = new Table<MessageRow>()
            .Column("ID", row => row.Id)
            .Column("STATUS", row => row.Status)
            .Right("AGE", row => Texts.Since(row.ReceivedAt, context.Now))
            .Right("SIZE", row => Texts.Octets(row.Octets))
            .Column("SENDER", row => row.ReversePath.Length == 0 ? Null : row.ReversePath)
            .Column("RECIPIENT", row => row.Waiting.Length switch { 0 => null, 1 => row.Waiting[0], var count => $"{row.Waiting[0]} +{Texts.Number(count - 1)}" })
            .Number("ATTEMPTS", row => row.Attempts)
            .Right("NEXT ATTEMPT", row => Texts.Until(row.NextAttempt, context.Now))
            .Column("LAST REPLY", row => row.LastReply);
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        await context.Replies.LineAsync($"Count: {Texts.Number(rows.Length)} of {Texts.Count(matching, "message")}").ConfigureAwait(false);
    }

    private static async Task FlushAsync(CommandContext context)
    {
        var filter = FilterOf(context, 0);
        var spools = await context.Cluster.AskSpoolsAsync<MessagesFlushed>(spool => new FlushMessages(spool, filter)).ConfigureAwait(false);
        var flushed = spools.Sum(spool => spool.Messages);
        context.Touched = flushed;
        await context.Replies.LineAsync($"{Texts.Count(flushed, "message")} tried now", new { flushed }).ConfigureAwait(false);
    }

    private sealed record DomainRow(
        string Domain, int Recipients, long Octets, DateTimeOffset Oldest, DateTimeOffset? NextAttempt, string? LastReply)
    {
        public static DomainRow Of(IGrouping<string, DomainSummary> spools) => new(
            spools.Key,
            spools.Sum(spool => spool.Recipients),
            spools.Sum(spool => spool.Octets),
            spools.Min(spool => spool.Oldest),
            spools.Any(spool => spool.NextAttempt is null) ? null : spools.Min(spool => spool.NextAttempt),
            spools.OrderByDescending(spool => spool.Recipients).Select(spool => spool.LastReply).FirstOrDefault(reply => reply is not null)?.ToString());
    }

    private sealed record MessageRow(
        string Id,
        string Status,
        string ReversePath,
        long Octets,
        DateTimeOffset ReceivedAt,
        ImmutableArray<string> Waiting,
        int Attempts,
        DateTimeOffset? NextAttempt,
        string? LastReply,
        string Node)
    {
        public static MessageRow Of(MessageDescription message, string node, DateTimeOffset now)
        {
            var waiting = message.Recipients.Where(recipient => !recipient.IsDone).ToImmutableArray();
            var tried = waiting.OrderByDescending(recipient => recipient.Attempts).FirstOrDefault();
            return new MessageRow(
                message.Id.ToString(),
                StatusOf(message, now),
                message.ReversePath,
                message.Octets,
                message.ReceivedAt,
                [.. waiting.Select(recipient => recipient.Address)],
                tried?.Attempts ?? 0,
                waiting.Any(recipient => recipient.NotBefore is null) ? null : waiting.Min(recipient => recipient.NotBefore),
                tried?.LastReply?.ToString(),
                node);
        }
    }
}
