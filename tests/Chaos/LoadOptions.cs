using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos;

/// <summary>A deliberate defect: a run with it must fail, or the checker sees nothing.</summary>
public enum Control
{
    /// <summary>None.</summary>
    None,

    /// <summary>Nodes that answer 250 before the commit.</summary>
    AcknowledgeBeforeCommit,

    /// <summary>A sink that answers 250 to one message and forgets it.</summary>
    SinkLosesOne,

    /// <summary>A PostgreSQL that answers a COMMIT before it is on stable storage.</summary>
    AsynchronousCommit,
}

/// <summary>A cluster and the load on it.</summary>
public sealed record LoadOptions
{
    /// <summary>Decides contents, behaviours and faults.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Mail per second; null for as fast as it is taken.</summary>
    public double? Rate { get; init; } = 200;

    /// <summary>Sessions of senders.</summary>
    public int Sessions { get; init; } = 60;

    /// <summary>Mail after which a session goes on at the next node.</summary>
    public int MailPerSession { get; init; } = 20;

    /// <summary>What is sent.</summary>
    public MailMix Mix { get; init; } = MailMix.Varied;

    /// <summary>A deliberate defect.</summary>
    public Control Control { get; init; }

    /// <summary>One node with the embedded store instead of a cluster on PostgreSQL.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>Whether nodes run in network namespaces, so that they can be cut apart.</summary>
    public bool IsPartitionable { get; init; }

    /// <summary>Connections at each destination, of all nodes together.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>Messages per time at each destination, as in "60/m"; null for no limit.</summary>
    public string? RateLimit { get; init; }

    /// <summary>Where the output of the nodes is kept; null for nowhere.</summary>
    public string? Logs { get; init; }

    /// <summary>The program of each node, an assembly; null for the one that was built with this one.</summary>
    public Func<int, string?> Assembly { get; init; } = _ => null;
}
