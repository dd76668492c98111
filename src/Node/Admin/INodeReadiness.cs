using System.Collections.Immutable;

namespace MtaCluster.Node.Admin;

/// <summary>Whether the node does its work now.</summary>
internal interface INodeReadiness
{
    /// <summary>Why it does not, a line each; empty when it is ready.</summary>
    ImmutableArray<string> Reasons { get; }
}
