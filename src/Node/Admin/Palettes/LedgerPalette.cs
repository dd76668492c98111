using System.Collections.Immutable;
using MtaCluster.Actors.Spool;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>The proof that no mail is lost, and none made up.</summary>
internal static class LedgerPalette
{
    public static Palette Create() => new("ledger", "The proof that no mail is lost",
    [
        new Command(
            AdminProtocol.Unnamed,
            "Proves, for every recipient ever accepted: accepted = delivered + bounced + discarded + queued. Fails where it does not hold",
            ProveAsync)
        {
            Switches = [Parameters.Flag("spools", "The account of every spool")],
        },
    ]);

    private static async Task ProveAsync(CommandContext context)
    {
        var spools = await context.Cluster.AskSpoolsAsync<SpoolLedger>(spool => new GetLedger(spool)).ConfigureAwait(false);
        var rows = spools.Select(Row.Of).ToArray();
        var wrong = rows.Where(row => row.Difference != 0 || !row.Suspects.IsEmpty).ToArray();
        await context.WriteAsync(
            new Table<Row>().Number("SPOOL", row => row.Spool).Column("NODE", row => row.Node).Number("MESSAGES", row => row.AcceptedMessages)
                .Number("ACCEPTED", row => row.Accepted).Number("DELIVERED", row => row.Delivered).Number("BOUNCED", row => row.Bounced)
                .Number("DISCARDED", row => row.Discarded).Number("QUEUED", row => row.Queued).Number("DIFFERENCE", row => row.Difference)
                .Column("SUSPECTS", row => row.Suspects.IsEmpty ? null : string.Join(' ', row.Suspects)),
            context.Arguments.Flag("spools") ? rows : wrong).ConfigureAwait(false);
        await WriteTotalAsync(context, rows, wrong).ConfigureAwait(false);
        if (wrong.Length > 0)
        {
            context.Fail($"the account does not hold in {(wrong.Length == 1 ? "spool" : "spools")} {Texts.Ranges(wrong.Select(row => row.Spool))}");
        }
    }

    private static async Task WriteTotalAsync(CommandContext context, Row[] rows, Row[] wrong)
    {
        var isComplete = rows.Length == context.Services.SpoolCount;
        var (accepted, delivered, bounced, discarded, queued) = (
            rows.Sum(row => row.Accepted), rows.Sum(row => row.Delivered), rows.Sum(row => row.Bounced), rows.Sum(row => row.Discarded), rows.Sum(row => row.Queued));
        await context.Replies.LineAsync(
            $"accepted {Texts.Number(accepted)} = delivered {Texts.Number(delivered)} + bounced {Texts.Number(bounced)}"
            + $" + discarded {Texts.Number(discarded)} + queued {Texts.Number(queued)}"
            + $", difference {Texts.Number(accepted - delivered - bounced - discarded - queued)}",
            new
            {
                total = new
                {
                    messages = rows.Sum(row => row.AcceptedMessages),
                    accepted,
                    delivered,
                    bounced,
                    discarded,
                    queued,
                    queuedMessages = rows.Sum(row => row.QueuedMessages),
                    difference = accepted - delivered - bounced - discarded - queued,
                    spools = rows.Length,
                    isComplete,
                    holds = isComplete && wrong.Length == 0,
                },
            }).ConfigureAwait(false);
        if (isComplete && wrong.Length == 0)
        {
            await context.Replies.LineAsync($"It holds in {(rows.Length == 1 ? "the one spool" : $"each of {Texts.Number(rows.Length)} spools")}").ConfigureAwait(false);
        }
    }

    private sealed record Row(
        int Spool,
        string Node,
        long AcceptedMessages,
        long Accepted,
        long Delivered,
        long Bounced,
        long Discarded,
        int QueuedMessages,
        long Queued,
        long Difference,
        ImmutableArray<string> Suspects)
    {
        public static Row Of(SpoolLedger spool) => new(
            spool.Spool,
            spool.Node,
            spool.AcceptedMessages,
            spool.Accepted,
            spool.Delivered,
            spool.Bounced,
            spool.Discarded,
            spool.QueuedMessages,
            spool.Queued,
            spool.Difference,
            [.. spool.Suspects.Select(id => id.ToString())]);
    }
}
