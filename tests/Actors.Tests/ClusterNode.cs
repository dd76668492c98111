using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using MtaCluster.Actors.Serialization;

namespace MtaCluster.Actors.Tests;

/// <summary>An actor system as a node of a cluster, with real remoting, for specs.</summary>
internal static class ClusterNode
{
    /// <summary>Its configuration.</summary>
    public static Config Configure(string role, string host = "127.0.0.1") => ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = WARNING
          actor.provider = cluster
          remote.dot-netty.tcp {
            hostname = "{{host}}"
            port = 0
          }
          cluster.roles = ["{{role}}"]
          test.single-expect-default = 30s
        }
        """).WithFallback(ConfigurationFactory.ParseString(WireConfiguration.Hocon));

    /// <summary>Whether a node sees so many with a role that are up.</summary>
    public static bool SeesUp(ActorSystem system, string role, int count)
        => Cluster.Get(system).State.Members.Count(member => member.Status == MemberStatus.Up && member.HasRole(role)) == count;
}
