using System.Collections.Concurrent;
using System.Collections.Immutable;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Admin.Queries;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>Destinations: what the cluster does at them, what limits it, and how to stop and go on.</summary>
internal static class DestinationPalette
{
    private static readonly ParameterDescription s_site = Parameters.Text("site", "The destination, as the logs and 'destination list' name it", required: true);

    public static Palette Create() => new("destination", "Destinations and their limits",
    [
        new Command("list", "Every destination that has mail or a limit in force", ListAsync),
        new Command("show", "A destination: its limits, its leases by node, what holds mail back", ShowAsync) { Arguments = [s_site] },
        new Command("suspend", "Nothing is delivered to a destination, by any node, until it is resumed", SuspendAsync)
        {
            Arguments = [s_site],
            Switches = [Parameters.Text("reason", "Why, for those who ask why mail waits", required: true), Parameters.Duration("for", "Then it ends by itself")],
            Changes = true,
        },
        new Command("resume", "Ends a suspension", ResumeAsync) { Arguments = [s_site], Changes = true },
    ]);

    private static async Task ListAsync(CommandContext context)
    {
        var egress = await context.Cluster.AskNodesAsync<EgressAnswer>(NodeQuestions.Egress).ConfigureAwait(false);
        var regions = await context.Cluster.AskNodesAsync<RegionsAnswer>(NodeQuestions.Regions).ConfigureAwait(false);
        var dispatchers = egress.SelectMany(node => node.Answer.Dispatchers).ToLookup(dispatcher => dispatcher.Destination);
        var running = regions.SelectMany(node => node.Answer.Regions).Where(region => region.Type == DestinationSharding.TypeName)
            .SelectMany(region => region.Shards).SelectMany(shard => shard.Entities);
        var authorities = await AskAsync(context, running.Concat(dispatchers.Select(destination => destination.Key)).Distinct()).ConfigureAwait(false);
        var rows = authorities.Select(authority => Row.Of(authority.Key, authority.Value, [.. dispatchers[authority.Key]]))
            .OrderBy(row => row.Destination, StringComparer.Ordinal).ToArray();
        var table = new Table<Row>()
            .Column("DESTINATION", row => row.Destination)
            .Number("READY", row => row.Ready)
            .Number("UNDER WAY", row => row.UnderWay)
            .Number("PARKED IN", row => row.ParkedSpools)
            .Right("CONNECTIONS", row => row.ConnectionLimit is { } limit ? $"{Texts.Number(row.Connections)}/{Texts.Number(limit)}" : Texts.Number(row.Connections))
            .Column("RATE", row => row.Rate)
            .Column("HELD BACK BY", row => Held(row.Suspension, row.BackOffUntil, row.BackOffReason, context.Now) ?? row.Waits);
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        await context.Replies.LineAsync($"Count: {Texts.Count(rows.Length, "destination")}").ConfigureAwait(false);
    }

    private static async Task<ConcurrentDictionary<string, DestinationDescription?>> AskAsync(CommandContext context, IEnumerable<string> destinations)
    {
        var found = new ConcurrentDictionary<string, DestinationDescription?>(StringComparer.Ordinal);
        await context.Cluster.ForEachAsync(destinations, async destination =>
        {
            if (DestinationKey.TryParse(destination, out var key))
            {
                found[destination] = await context.Cluster.AskDestinationAsync<DestinationDescription>(new GetDestination(key)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        return found;
    }

    private static async Task ShowAsync(CommandContext context)
    {
        if (KeyOf(context) is not { } key)
        {
            return;
        }

        var egress = await context.Cluster.AskNodesAsync<EgressAnswer>(NodeQuestions.Egress).ConfigureAwait(false);
        var authority = await context.Cluster.AskDestinationAsync<DestinationDescription>(new GetDestination(key)).ConfigureAwait(false);
        var nodes = egress.SelectMany(node => node.Answer.Dispatchers.Where(dispatcher => dispatcher.Destination == key.ToString())
            .Select(dispatcher => NodeRow.Of(node.Node, dispatcher))).ToArray();
        var leases = authority?.Leases.Select(lease => new LeaseRow(lease.LeaseId, lease.Node, lease.Connections, lease.Expires)).ToArray() ?? [];
        if (authority is not null)
        {
            await WriteAsync(context, authority, leases, nodes).ConfigureAwait(false);
        }

        await context.WriteAsync(
            new Table<LeaseRow>().Column("LEASED TO", row => row.Node).Number("CONNECTIONS", row => row.Connections)
                .Right("EXPIRES", row => Texts.Until(row.Expires, context.Now)),
            leases,
            forPeople: true).ConfigureAwait(false);
        await context.WriteAsync(
            new Table<NodeRow>().Column("NODE", row => row.Node).Number("READY", row => row.Ready).Number("UNDER WAY", row => row.UnderWay)
                .Number("PARKED IN", row => row.ParkedSpools).Number("CONNECTIONS", row => row.Connections).Column("WAITS FOR", row => row.Waits),
            nodes,
            forPeople: authority is not null).ConfigureAwait(false);
    }

    private static Task WriteAsync(CommandContext context, DestinationDescription authority, LeaseRow[] leases, NodeRow[] nodes) => Card.WriteAsync(
        context.Replies,
        new
        {
            destination = authority.Destination.ToString(),
            authority.Node,
            authority.ConnectionLimit,
            authority.Rate,
            authority.Failures,
            authority.BackOffUntil,
            authority.BackOffReason,
            authority.Suspension,
            leases,
            nodes,
        },
        ("Destination", authority.Destination.ToString()),
        ("Authority", authority.Node),
        ("Connections", $"{Texts.Number(authority.ConnectionLimit)} in the whole cluster"),
        ("Rate", authority.Rate ?? "no limit"),
        ("Failures", authority.Failures == 0 ? null : $"{Texts.Number(authority.Failures)} in a row"),
        ("Held back by", Held(authority.Suspension, authority.BackOffUntil, authority.BackOffReason, context.Now) ?? "nothing"));

    private static async Task SuspendAsync(CommandContext context)
    {
        var until = context.Arguments.Duration("for") is { } length ? context.Now + length : (DateTimeOffset?)null;
        await ChangeAsync(context, key => new SuspendDestination(key, context.Caller.Name, context.Arguments.Text("reason")!, until)).ConfigureAwait(false);
    }

    private static Task ResumeAsync(CommandContext context) => ChangeAsync(context, key => new ResumeDestination(key, context.Caller.Name));

    private static async Task ChangeAsync(CommandContext context, Func<DestinationKey, IDestinationCommand> change)
    {
        if (KeyOf(context) is { } key
            && await context.Cluster.AskDestinationAsync<DestinationDescription>(change(key)).ConfigureAwait(false) is { } changed)
        {
            context.Touched = 1;
            var held = Held(changed.Suspension, changed.BackOffUntil, changed.BackOffReason, context.Now);
            await context.Replies.LineAsync(
                $"{key}: {held ?? "nothing holds mail back"}",
                new { destination = key.ToString(), changed.Suspension, changed.BackOffUntil, changed.BackOffReason }).ConfigureAwait(false);
        }
    }

    private static DestinationKey? KeyOf(CommandContext context)
    {
        var site = context.Arguments.Text("site");
        if (!DestinationKey.TryParse(site, out var key))
        {
            context.Fail($"'{site}' names no destination");
        }

        return key;
    }

    private static string? Held(SuspensionDescription? suspension, DateTimeOffset? backOffUntil, string? backOffReason, DateTimeOffset now) =>
        suspension is not null
            ? $"suspension by {suspension.By}{(suspension.Until is { } end ? ", ends " + Texts.Until(end, now) : "")}: {suspension.Reason}"
        : backOffUntil > now
            ? $"back-off, ends {Texts.Until(backOffUntil, now)}: {backOffReason}"
        : null;

    private sealed record Row(
        string Destination,
        int Ready,
        int UnderWay,
        int ParkedSpools,
        int Connections,
        int? ConnectionLimit,
        string? Rate,
        DateTimeOffset? BackOffUntil,
        string? BackOffReason,
        SuspensionDescription? Suspension,
        string? Waits)
    {
        public static Row Of(string destination, DestinationDescription? authority, ImmutableArray<DispatcherAnswer> dispatchers) => new(
            destination,
            dispatchers.Sum(dispatcher => dispatcher.Ready),
            dispatchers.Sum(dispatcher => dispatcher.UnderWay),
            dispatchers.Sum(dispatcher => dispatcher.ParkedSpools),
            dispatchers.Sum(dispatcher => dispatcher.Connections.Length),
            authority?.ConnectionLimit,
            authority?.Rate,
            authority?.BackOffUntil,
            authority?.BackOffReason,
            authority?.Suspension,
            dispatchers.Select(dispatcher => dispatcher.Waits).FirstOrDefault(waits => waits is not null));
    }

    private sealed record NodeRow(string Node, int Ready, int UnderWay, int Unrecorded, int ParkedSpools, int LeasedConnections, int Connections, string? Waits)
    {
        public static NodeRow Of(string node, DispatcherAnswer dispatcher) => new(
            node,
            dispatcher.Ready,
            dispatcher.UnderWay,
            dispatcher.Unrecorded,
            dispatcher.ParkedSpools,
            dispatcher.LeasedConnections,
            dispatcher.Connections.Length,
            dispatcher.Waits);
    }

    private sealed record LeaseRow(long LeaseId, string Node, int Connections, DateTimeOffset Expires);
}
