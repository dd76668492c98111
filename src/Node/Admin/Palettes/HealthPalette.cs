using System.Collections.Immutable;
using MtaCluster.Node.Admin.Queries;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>Whether every node does its work.</summary>
internal static class HealthPalette
{
    public static Palette Create() => new("health", "Whether every node does its work",
    [
        new Command(AdminProtocol.Unnamed, "Every node: ready, or why not. Fails unless all are", ShowAsync),
    ]);

    private static async Task ShowAsync(CommandContext context)
    {
        var nodes = await context.Cluster.AskNodesAsync<ReadinessAnswer>(NodeQuestions.Readiness).ConfigureAwait(false);
        var rows = nodes.Select(node => new Row(node.Node, node.Answer.Reasons.IsEmpty, node.Answer.Reasons)).ToArray();
        var table = new Table<Row>().Column("NODE", row => row.Node).Column("READY", row => row.IsReady ? "yes" : "no")
            .Column("REASONS", row => row.IsReady ? null : string.Join("; ", row.Reasons));
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        var notReady = rows.Count(row => !row.IsReady);
        await context.Replies.LineAsync($"Ready: {Texts.Number(rows.Length - notReady)} of {Texts.Number(rows.Length)} nodes that answered").ConfigureAwait(false);
        if (notReady > 0)
        {
            context.Fail($"{Texts.Count(notReady, "node")} not ready");
        }
    }

    private sealed record Row(string Node, bool IsReady, ImmutableArray<string> Reasons);
}
