using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors;
using MtaCluster.Actors.Membership;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Cluster</c>.</summary>
internal static class ClusterReader
{
    private static readonly ImmutableArray<string> s_roles = [ClusterRoles.Edge, ClusterRoles.Spool, ClusterRoles.Egress];

    private static readonly ImmutableDictionary<string, SplitBrainStrategy> s_strategies = ImmutableDictionary.CreateRange(
        StringComparer.OrdinalIgnoreCase,
        [
            KeyValuePair.Create("keep-majority", SplitBrainStrategy.KeepMajority),
            KeyValuePair.Create("static-quorum", SplitBrainStrategy.StaticQuorum),
            KeyValuePair.Create("down-all", SplitBrainStrategy.DownAll),
        ]);

    /// <summary>Reads it.</summary>
    public static ClusterSettings Read(SectionReader cluster)
    {
        var settings = new ClusterSettings(
            cluster.Value("Address", Parsers.OwnHostAndPort, Parsers.HostAndPortForm, new HostAndPort("127.0.0.1", 4053)),
            cluster.Values<HostAndPort>("SeedNodes", Parsers.HostAndPort, Parsers.HostAndPortForm, []),
            cluster.Values("Roles", (string text, out string role) => s_roles.Contains(role = text), "edge, spool or egress", s_roles),
            cluster.Number("Spools", 1, QueueId.MaximumSpools) ?? 64)
        {
            Tls = Tls(cluster),
            SplitBrain = SplitBrain(cluster.Section("SplitBrain")),
        };
        CheckRoles(cluster, settings);
        CheckAddresses(cluster, settings);
        cluster.RejectUnknownKeys();
        return settings;
    }

    private static void CheckRoles(SectionReader cluster, ClusterSettings settings)
    {
        if (settings.Roles.IsEmpty)
        {
            cluster.Error("Roles", "a node needs at least one role");
        }

        if (settings.Roles.Distinct().Count() != settings.Roles.Length)
        {
            cluster.Error("Roles", "a role is named twice");
        }
    }

    // Host names are looked up when the node starts, not here: see MachineChecks.
    private static void CheckAddresses(SectionReader cluster, ClusterSettings settings)
    {
        CheckAddress("Address", settings.Address);
        for (var i = 0; i < settings.SeedNodes.Length; i++)
        {
            CheckAddress($"SeedNodes:{i}", settings.SeedNodes[i]);
        }

        void CheckAddress(string key, HostAndPort hostAndPort)
        {
            if (!IPAddress.TryParse(hostAndPort.Host, out var address))
            {
                return;
            }

            if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            {
                cluster.Error(key, $"{hostAndPort} is no address that another node could reach; give the one that it has in the network of the cluster");
            }
            else if (settings.Tls is null && !PrivateNetworks.Contains(address))
            {
                cluster.Error(key, $"{address} is a public address: there, nodes speak to each other with Tls alone");
            }
        }
    }

    private static ClusterTlsSettings? Tls(SectionReader cluster)
    {
        var tls = cluster.Section("Tls");
        if (tls.IsEmpty)
        {
            return null;
        }

        var settings = new ClusterTlsSettings(File("Certificate"), File("Key"), File("TrustedCertificates"));
        tls.RejectUnknownKeys();
        return settings;

        string File(string key)
        {
            if (tls.Text(key) is { } path)
            {
                return Path.GetFullPath(path);
            }

            tls.Error(key, "is missing; expected is a file in PEM form");
            return "";
        }
    }

    private static SplitBrainSettings SplitBrain(SectionReader section)
    {
        var before = SplitBrainSettings.Default;
        var stableAfter = section.Duration("StableAfter", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)) ?? before.StableAfter;
        var strategy = section.Value(
            "Strategy",
            (string text, out SplitBrainStrategy value) => s_strategies.TryGetValue(text, out value),
            "keep-majority, static-quorum or down-all",
            before.Policy.Strategy);
        var quorum = section.Number("QuorumSize", 1, 1000);
        if ((strategy == SplitBrainStrategy.StaticQuorum) != quorum.HasValue)
        {
            section.Error("QuorumSize", quorum.HasValue
                ? "is for Strategy static-quorum alone"
                : "is missing; expected is the number of nodes that must see each other, more than half of all");
        }

        section.RejectUnknownKeys();
        return new SplitBrainSettings(stableAfter, new SplitBrainPolicy(strategy, quorum ?? 0));
    }
}
