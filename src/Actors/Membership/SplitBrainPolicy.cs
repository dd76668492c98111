using System.Collections.Immutable;

namespace MtaCluster.Actors.Membership;

/// <summary>Which part of a divided cluster stays.</summary>
public enum SplitBrainStrategy
{
    /// <summary>The part that is larger than all others together; of two halves the one with the lowest address.</summary>
    KeepMajority,

    /// <summary>A part that has a fixed number of nodes.</summary>
    StaticQuorum,

    /// <summary>None: every node ends, and starts afresh.</summary>
    DownAll,
}

/// <summary>
/// Decides whether a node is in the part of the cluster that will stay, by the rule that the split-brain resolver acts upon later, when the
/// division has lasted. Pure.
/// </summary>
/// <param name="Strategy">Which part stays.</param>
/// <param name="QuorumSize">How many nodes it must have; for <see cref="SplitBrainStrategy.StaticQuorum"/> alone.</param>
public sealed record SplitBrainPolicy(SplitBrainStrategy Strategy, int QuorumSize = 0)
{
    /// <summary>Why this node must not go on as before, or null if it may.</summary>
    /// <param name="reachable">For each member that has been up, in the order of addresses, whether it can be seen. This node is one of them.</param>
    public string? WhyNot(ImmutableArray<bool> reachable)
    {
        var seen = reachable.Count(isReachable => isReachable);
        return Stays(reachable, seen) ? null : $"only {seen} of {reachable.Length} nodes can be seen from here: the others may take this node's mail over";
    }

    private bool Stays(ImmutableArray<bool> reachable, int seen) => Strategy switch
    {
        SplitBrainStrategy.KeepMajority => 2 * seen > reachable.Length || (2 * seen == reachable.Length && (reachable.IsEmpty || reachable[0])),
        SplitBrainStrategy.StaticQuorum => seen == reachable.Length || seen >= QuorumSize,

        // No part stays, so none takes anything over before this one has ended.
        SplitBrainStrategy.DownAll => true,
        _ => throw new InvalidOperationException($"unknown strategy {Strategy}"),
    };
}
