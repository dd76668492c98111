using MtaCluster.Node.Admin.Queries;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>The SMTP sessions of the cluster.</summary>
internal static class ConnectionPalette
{
    public static Palette Create() => new("connection", "SMTP sessions",
    [
        new Command("list", "Every session that is open, inbound and outbound", ListAsync)
        {
            Switches =
            [
                Parameters.Choice("direction", "In this direction alone", "inbound", "outbound"),
                Parameters.Text("destination", "To this destination alone"),
            ],
        },
    ]);

    private static async Task ListAsync(CommandContext context)
    {
        var (direction, destination) = (context.Arguments.Text("direction"), context.Arguments.Text("destination"));
        var rows = new List<Row>();
        if (direction is not "outbound" && destination is null)
        {
            var nodes = await context.Cluster.AskNodesAsync<InboundAnswer>(NodeQuestions.Inbound).ConfigureAwait(false);
            rows.AddRange(nodes.SelectMany(node => node.Answer.Sessions.Select(session => Row.Of(node.Node, session))));
        }

        if (direction is not "inbound")
        {
            var nodes = await context.Cluster.AskNodesAsync<EgressAnswer>(NodeQuestions.Egress).ConfigureAwait(false);
            rows.AddRange(nodes.SelectMany(node => node.Answer.Dispatchers
                .Where(dispatcher => destination is null || dispatcher.Destination == destination)
                .SelectMany(dispatcher => dispatcher.Connections.Select(session => Row.Of(node.Node, dispatcher.Destination, session)))));
        }

        var table = new Table<Row>()
            .Column("DIRECTION", row => row.Direction)
            .Column("NODE", row => row.Node)
            .Column("CONNECTION", row => row.ConnectionId)
            .Column("LISTENER OR DESTINATION", row => row.Listener ?? row.Destination)
            .Column("PEER", row => row.Peer)
            .Right("SINCE", row => Texts.Since(row.Since, context.Now))
            .Column("STATE", row => row.State)
            .Column("MESSAGE", row => row.Message)
            .Number("MESSAGES", row => row.Messages);
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        await context.Replies.LineAsync($"Count: {Texts.Count(rows.Count, "connection")}").ConfigureAwait(false);
    }

    private sealed record Row(
        string Direction,
        string Node,
        string? ConnectionId,
        string? Listener,
        string? Destination,
        string? Peer,
        DateTimeOffset Since,
        string State,
        string? Message,
        int Messages)
    {
        public static Row Of(string node, InboundSession session) => new(
            "inbound", node, session.ConnectionId, session.Listener, null, session.Remote, session.Since, session.State, session.Message, session.Messages);

        public static Row Of(string node, string destination, OutboundSession session) => new(
            "outbound", node, session.ConnectionId, null, destination, session.NextHop, session.Since, session.State, session.Message, session.Delivered);
    }
}
