using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace MtaCluster.Node.Admin.Queries;

/// <summary>The shard regions of a node, and what runs in them.</summary>
internal sealed record RegionsAnswer(ImmutableArray<RegionAnswer> Regions)
{
    public static async Task<RegionsAnswer> FindAsync(ActorSystem system)
    {
        var sharding = ClusterSharding.Get(system);
        var regions = ImmutableArray.CreateBuilder<RegionAnswer>();
        foreach (var type in sharding.ShardTypeNames.Order(StringComparer.Ordinal))
        {
            var state = await sharding.ShardRegion(type)
                .Ask<CurrentShardRegionState>(GetShardRegionState.Instance, ClusterQueries.Timeout / 2).ConfigureAwait(false);
            regions.Add(new RegionAnswer(type, [.. state.Shards.Select(shard => new ShardAnswer(shard.ShardId, [.. shard.EntityIds]))]));
        }

        return new RegionsAnswer(regions.ToImmutable());
    }
}

/// <summary>A shard region.</summary>
internal sealed record RegionAnswer(string Type, ImmutableArray<ShardAnswer> Shards);

/// <summary>A shard, and the entities that run in it.</summary>
internal sealed record ShardAnswer(string Shard, ImmutableArray<string> Entities);
