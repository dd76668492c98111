using Akka.Cluster;

namespace MtaCluster.Actors.Membership;

/// <summary>What nodes of a cluster do.</summary>
public static class ClusterRoles
{
    /// <summary>Takes mail from clients.</summary>
    public const string Edge = "edge";

    /// <summary>Keeps a part of the queue.</summary>
    public const string Spool = "spool";

    /// <summary>Delivers.</summary>
    public const string Egress = "egress";

    /// <summary>Whether this node leads those with a role: the one among them that does what one of them is to do.</summary>
    internal static bool Leads(Cluster cluster, string role) => cluster.SelfAddress.Equals(cluster.State.RoleLeader(role));
}
