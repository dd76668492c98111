using MtaCluster.Actors.Spool;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>One message.</summary>
internal static class MessagePalette
{
    public static Palette Create() => new("message", "One message",
    [
        new Command("show", "The envelope of a queued message, and how far each recipient is", ShowAsync)
        {
            Arguments = [Parameters.QueueId("id", "The id in our 250, in the Received field and in the logs")],
        },
    ]);

    private static async Task ShowAsync(CommandContext context)
    {
        var id = context.Arguments.QueueId("id");
        if (id.Spool >= context.Services.SpoolCount)
        {
            context.Fail($"{id} is of spool {Texts.Number(id.Spool)}, which this cluster does not have");
            return;
        }

        if (await context.Cluster.AskSpoolAsync<MessageShown>(new GetMessage(id)).ConfigureAwait(false) is not { } shown)
        {
            return;
        }

        if (shown.Message is not { } message)
        {
            context.Fail($"{id} is not queued: it is finished, or never was");
            return;
        }

        var recipients = message.Recipients.Select(recipient => new RecipientRow(
            recipient.Address, recipient.IsDone, recipient.Attempts, recipient.NotBefore, recipient.LastReply?.ToString(), AskedFor.Describe(recipient.Options))).ToArray();
        var status = QueuePalette.StatusOf(message, context.Now);
        var (asked, heldUntil) = (AskedFor.Describe(message.Options), message.Options.HoldUntil);
        await Card.WriteAsync(
            context.Replies,
            new { id = id.ToString(), id.Spool, shown.Node, status, message.ReversePath, message.Octets, message.ReceivedAt, heldUntil, asked, recipients },
            ("Id", id.ToString()),
            ("Spool", $"{Texts.Number(id.Spool)} on {shown.Node}"),
            ("Status", status),
            ("Sender", message.ReversePath.Length == 0 ? "<>" : message.ReversePath),
            ("Size", Texts.Octets(message.Octets)),
            ("Received", $"{message.ReceivedAt:u}, {Texts.Since(message.ReceivedAt, context.Now)} ago"),
            ("Held", heldUntil > context.Now ? $"until {heldUntil:u}" : null),
            ("Asked", asked)).ConfigureAwait(false);
        await context.WriteAsync(TableOf(recipients, context.Now), recipients, forPeople: true).ConfigureAwait(false);
    }

    private static Table<RecipientRow> TableOf(RecipientRow[] recipients, DateTimeOffset now)
    {
        var table = new Table<RecipientRow>()
            .Column("RECIPIENT", row => row.Address)
            .Column("STATE", row => row.IsDone ? "done" : row.Attempts == 0 ? "new" : "deferred")
            .Number("ATTEMPTS", row => row.Attempts)
            .Right("NEXT ATTEMPT", row => row.IsDone ? "-" : Texts.Until(row.NotBefore, now))
            .Column("LAST REPLY", row => row.LastReply);
        return Array.Exists(recipients, row => row.Asked is not null) ? table.Column("ASKED", row => row.Asked) : table;
    }

    private sealed record RecipientRow(string Address, bool IsDone, int Attempts, DateTimeOffset? NotBefore, string? LastReply, string? Asked);
}
