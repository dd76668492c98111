using System.Collections.Immutable;

namespace MtaCluster.Testing.Ledgers;

/// <summary>What was done to the cluster.</summary>
public enum FaultKind
{
    /// <summary>SIGKILL of a node.</summary>
    Kill,

    /// <summary>SIGSTOP of a node, then SIGCONT.</summary>
    Pause,

    /// <summary>SIGTERM of a node.</summary>
    Terminate,

    /// <summary>PostgreSQL stopped at once, as by a crash, and started again.</summary>
    PostgresRestart,

    /// <summary>SIGKILL of PostgreSQL, which is started again.</summary>
    PostgresKill,

    /// <summary>SIGSTOP of all of PostgreSQL's processes, then SIGCONT.</summary>
    PostgresFreeze,

    /// <summary>All sessions at PostgreSQL ended.</summary>
    PostgresBackends,

    /// <summary>TCP connections between the nodes and PostgreSQL cut after a COMMIT went out and before its answer came in.</summary>
    PostgresCut,

    /// <summary>A node cut off from the other nodes, and from nothing else.</summary>
    Partition,
}

/// <summary>One fault as it was carried out. Times are timestamps of the system clock.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Nodes">The names (of EHLO) of the nodes that it was done to; empty if it was the store.</param>
/// <param name="BeganAt">Just before it.</param>
/// <param name="EffectiveAt">Just after it had its effect.</param>
/// <param name="HealedAt">Just before it was healed.</param>
/// <param name="EndedAt">Just after all was as before: all nodes took mail, the store answered.</param>
public sealed record Fault(FaultKind Kind, ImmutableArray<string> Nodes, long BeganAt, long EffectiveAt, long HealedAt, long EndedAt)
{
    /// <summary>From effect to healing nothing can become durable: no 250 may be said.</summary>
    public bool StopsTheStore => Kind is FaultKind.PostgresRestart or FaultKind.PostgresKill or FaultKind.PostgresFreeze;

    /// <summary>A node is taken away by it.</summary>
    public bool TakesANode => Kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Terminate or FaultKind.Partition;

    /// <summary>
    /// It leaves deliveries in doubt: a node dies or is given up while a next hop has a message whose outcome is not yet durable. The store's
    /// faults do not: an outcome that could not be journaled is kept and journaled later.
    /// </summary>
    public bool LeavesDoubt => Kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Partition;

    /// <inheritdoc/>
    public override string ToString() => Nodes.IsEmpty ? $"{Kind}" : $"{Kind} of {string.Join(", ", Nodes)}";
}
