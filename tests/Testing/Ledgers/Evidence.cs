using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>The cluster's own account in recipients, as its ledger gives it, summed over all spools.</summary>
public sealed record ClusterAccount(long Accepted, long Delivered, long Bounced, long Discarded, long Queued, long Suspects);

/// <summary>What the counters of all nodes add up to since their start; comparable only if no node was started anew.</summary>
public sealed record ClusterCounters(long Delivered, long Bounced);

/// <summary>What a part of the cluster holds while nothing is queued.</summary>
/// <param name="What">Such as "node0 file descriptors".</param>
/// <param name="Before">At a drain before the faults, warmed up.</param>
/// <param name="After">At the last drain.</param>
/// <param name="Slack">What it may grow by beyond a tenth: the noise of small values.</param>
public sealed record ResourceUse(string What, double Before, double After, double Slack);

/// <summary>All that a run left, gathered outside the processes under test, after heal and drain.</summary>
public sealed record Evidence
{
    /// <summary>What senders know.</summary>
    public required IReadOnlyCollection<SentMail> Sent { get; init; }

    /// <summary>What sinks have.</summary>
    public required IReadOnlyCollection<ReceivedMail> Arrived { get; init; }

    /// <summary>What came to the return path.</summary>
    public IReadOnlyCollection<ReceivedMail> Returned { get; init; } = [];

    /// <summary>What was done to the cluster, in order.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Messages still queued after the time allowed for the drain.</summary>
    public long Queued { get; init; }

    /// <summary>The cluster's ledger after the drain; null if it was not asked.</summary>
    public ClusterAccount? Account { get; init; }

    /// <summary>The sums of the nodes' counters; null if nodes were started anew.</summary>
    public ClusterCounters? Counters { get; init; }

    /// <summary>What the cluster holds; empty if it was not measured.</summary>
    public IReadOnlyCollection<ResourceUse> Resources { get; init; } = [];
}
