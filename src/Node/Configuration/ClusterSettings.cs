using System.Collections.Immutable;
using MtaCluster.Actors.Membership;

namespace MtaCluster.Node.Configuration;

/// <summary>The cluster.</summary>
/// <param name="Address">Where this node is reached by the others.</param>
/// <param name="SeedNodes">Nodes to join; empty for a cluster of one.</param>
/// <param name="Roles">What this node does: edge, spool, egress.</param>
/// <param name="Spools">The number of spools, fixed for a cluster's lifetime.</param>
public sealed record ClusterSettings(HostAndPort Address, ImmutableArray<HostAndPort> SeedNodes, ImmutableArray<string> Roles, int Spools)
{
    /// <summary>The certificates by which nodes know each other; null for connections in clear text.</summary>
    public ClusterTlsSettings? Tls { get; init; }

    /// <summary>What the parts of a divided cluster do.</summary>
    public SplitBrainSettings SplitBrain { get; init; } = SplitBrainSettings.Default;

    /// <summary>Whether this node has a role.</summary>
    public bool HasRole(string role) => Roles.Contains(role);
}

/// <summary>A host name, or an address without brackets, and a port.</summary>
public sealed record HostAndPort(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>The files, in PEM form, by which nodes know each other.</summary>
/// <param name="Certificate">The certificate of this node.</param>
/// <param name="Key">Its private key.</param>
/// <param name="TrustedCertificates">The authorities whose certificates the other nodes have.</param>
public sealed record ClusterTlsSettings(string Certificate, string Key, string TrustedCertificates);

/// <summary>What the parts of a divided cluster do. docs/adr/0010 gives the reasons.</summary>
/// <param name="StableAfter">How long the division must last unchanged before it is acted upon.</param>
/// <param name="Policy">Which part stays.</param>
public sealed record SplitBrainSettings(TimeSpan StableAfter, SplitBrainPolicy Policy)
{
    /// <summary>The larger part stays, after four seconds.</summary>
    public static readonly SplitBrainSettings Default = new(TimeSpan.FromSeconds(4), new SplitBrainPolicy(SplitBrainStrategy.KeepMajority));
}
