using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Actors;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Node.Admin.Queries;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>Where spools and destinations run.</summary>
internal static class ClusterShardingPalette
{
    public static Palette Create() => new("cluster-sharding", "Where spools and destinations run",
    [
        new Command("regions", "The shard regions of every node", RegionsAsync),
        new Command("shards", "Every shard, the node that it is on, and how much runs in it", ShardsAsync)
        {
            Arguments = [Parameters.Choice("type", "Of this type alone", SpoolSharding.TypeName, DestinationSharding.TypeName)],
        },
        new Command("stats", "How evenly shards and entities lie on the nodes", StatsAsync),
        new Command("locate", "The node where a spool, a destination, or the spool of a message runs", LocateAsync)
        {
            Arguments = [Parameters.Text("id", "The number of a spool, the id of a message, or a destination", required: true)],
        },
    ]);

    private static async Task<ImmutableArray<Shard>> FindAsync(CommandContext context)
    {
        var answers = await context.Cluster.AskNodesAsync<RegionsAnswer>(NodeQuestions.Regions).ConfigureAwait(false);
        return
        [
            .. answers.SelectMany(
                    answer => answer.Answer.Regions.SelectMany(region => region.Shards.Select(shard => new Shard(region.Type, shard.Shard, answer.Node, shard.Entities))))
                .OrderBy(shard => shard.Type, StringComparer.Ordinal)
                .ThenBy(shard => NumberIn(shard.Id))
                .ThenBy(shard => shard.Id, StringComparer.Ordinal),
        ];
    }

    // spool-9 comes before spool-10.
    private static int NumberIn(string shard)
        => int.TryParse(shard.AsSpan(shard.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private static async Task RegionsAsync(CommandContext context)
    {
        var answers = await context.Cluster.AskNodesAsync<RegionsAnswer>(NodeQuestions.Regions).ConfigureAwait(false);
        var rows = answers.SelectMany(answer => answer.Answer.Regions.Select(region => new Load(
            region.Type, answer.Node, region.Shards.Length, region.Shards.Sum(shard => shard.Entities.Length))));
        await WriteAsync(context, [.. rows.OrderBy(row => row.Type, StringComparer.Ordinal)]).ConfigureAwait(false);
    }

    private static async Task ShardsAsync(CommandContext context)
    {
        var type = context.Arguments.Text("type");
        var shards = await FindAsync(context).ConfigureAwait(false);
        var rows = shards.Where(shard => type is null || shard.Type == type).Select(shard => new ShardRow(shard.Type, shard.Id, shard.Node, shard.Entities.Length)).ToArray();
        await context.WriteAsync(
            new Table<ShardRow>().Column("TYPE", row => row.Type).Column("SHARD", row => row.Shard).Column("NODE", row => row.Node).Number("ENTITIES", row => row.Entities),
            rows).ConfigureAwait(false);
        await context.Replies.LineAsync($"Count: {Texts.Count(rows.Length, "shard")}").ConfigureAwait(false);
    }

    private static async Task StatsAsync(CommandContext context)
    {
        var answers = await context.Cluster.AskNodesAsync<RegionsAnswer>(NodeQuestions.Regions).ConfigureAwait(false);
        var loads = answers.SelectMany(answer => answer.Answer.Regions.Select(region => (region.Type, Shards: region.Shards.Length, Entities: region.Shards.Sum(shard => shard.Entities.Length))));
        var rows = loads.GroupBy(load => load.Type).OrderBy(type => type.Key, StringComparer.Ordinal).Select(type => new TypeRow(
            type.Key,
            type.Count(),
            type.Sum(load => load.Shards),
            type.Sum(load => load.Entities),
            type.Min(load => load.Shards),
            type.Max(load => load.Shards))).ToArray();
        await context.WriteAsync(
            new Table<TypeRow>().Column("TYPE", row => row.Type).Number("NODES", row => row.Nodes).Number("SHARDS", row => row.Shards)
                .Number("ENTITIES", row => row.Entities).Number("FEWEST ON A NODE", row => row.FewestShards).Number("MOST", row => row.MostShards),
            rows).ConfigureAwait(false);
    }

    private static async Task LocateAsync(CommandContext context)
    {
        var id = context.Arguments.Text("id")!;
        var entity = QueueId.TryParse(id, out var message) ? SpoolSharding.PersistenceIdOf(message.Spool)
            : int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var spool) ? SpoolSharding.PersistenceIdOf(spool)
            : id;
        var shards = await FindAsync(context).ConfigureAwait(false);
        var found = shards.Where(shard => shard.Entities.Contains(entity)).ToArray();
        foreach (var shard in found)
        {
            await context.Replies.LineAsync(
                $"{shard.Type} {entity} runs on {shard.Node}, in shard {shard.Id}", new { shard.Type, entity, shard = shard.Id, shard.Node }).ConfigureAwait(false);
        }

        if (found.Length == 0)
        {
            context.Fail($"{entity} runs on none of the nodes that answered");
        }
    }

    private static Task WriteAsync(CommandContext context, Load[] rows) => context.WriteAsync(
        new Table<Load>().Column("TYPE", row => row.Type).Column("NODE", row => row.Node).Number("SHARDS", row => row.Shards).Number("ENTITIES", row => row.Entities),
        rows);

    private sealed record Shard(string Type, string Id, string Node, ImmutableArray<string> Entities);

    private sealed record Load(string Type, string Node, int Shards, int Entities);

    private sealed record ShardRow(string Type, string Shard, string Node, int Entities);

    private sealed record TypeRow(string Type, int Nodes, int Shards, int Entities, int FewestShards, int MostShards);
}
