using System.Collections.Immutable;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Admin;

namespace MtaCluster.Node.Hosting;

/// <summary>How far a node has come.</summary>
internal enum NodeStage
{
    /// <summary>Its storage cannot be used yet.</summary>
    OpeningStorage,

    /// <summary>It is not in the cluster yet.</summary>
    Joining,

    /// <summary>It is in the cluster, but no spool can be reached yet.</summary>
    OpeningSpools,

    /// <summary>It does all that its roles ask for.</summary>
    Open,

    /// <summary>It ends what it has in hand and takes nothing new.</summary>
    Draining,

    /// <summary>It was put out of the cluster.</summary>
    Removed,
}

/// <summary>Whether a node is ready for mail, and if not, why. Thread-safe.</summary>
internal sealed class NodeReadiness(StoreHealth health) : INodeReadiness
{
    private volatile NodeStage _stage = NodeStage.OpeningStorage;

    /// <summary>How far the node has come. It never goes back.</summary>
    public NodeStage Stage => _stage;

    /// <inheritdoc/>
    public ImmutableArray<string> Reasons
    {
        get
        {
            var stage = _stage switch
            {
                NodeStage.OpeningStorage => "storage: not open yet",
                NodeStage.Joining => "cluster: not joined yet",
                NodeStage.OpeningSpools => "spools: none is open yet",
                NodeStage.Open => null,
                NodeStage.Draining => "node: draining",
                NodeStage.Removed => "cluster: this node was put out",
                _ => throw new InvalidOperationException($"unknown stage {_stage}"),
            };
            return stage is null ? health.Troubles : [stage, .. health.Troubles];
        }
    }

    /// <summary>Moves on.</summary>
    public void Reach(NodeStage stage)
    {
        if (stage > _stage)
        {
            _stage = stage;
        }
    }
}
