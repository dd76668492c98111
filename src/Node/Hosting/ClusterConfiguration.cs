using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Serialization;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Hosting;

/// <summary>How the actor system finds the others, and what it makes of their silence. docs/adr/0010 gives the reasons and what was measured.</summary>
internal static class ClusterConfiguration
{
    /// <summary>A queue query of a thousand messages, a message with a thousand long recipients: each well below. Akka's own 128 kB is not.</summary>
    private const int MinimumFrame = 1024 * 1024;

    /// <summary>An address of the greatest length that RFC 5321 allows, and what is around it on the wire.</summary>
    private const int OctetsPerRecipient = 384;

    /// <summary>In full, with the fallbacks that no journal is needed for.</summary>
    public static Config Create(NodeSettings settings) => ConfigurationFactory.ParseString(Remote(settings))
        .WithFallback(ConfigurationFactory.ParseString(Membership(settings.Cluster)))
        .WithFallback(ConfigurationFactory.ParseString(Shutdown))
        .WithFallback(ConfigurationFactory.ParseString(ForeignTypes.Hocon))
        .WithFallback(ConfigurationFactory.ParseString(WireConfiguration.Hocon));

    /// <summary>The nodes to join, as the actor system names them.</summary>
    public static ImmutableArray<Address> Seeds(ClusterSettings cluster) =>
        [.. cluster.SeedNodes.Select(seed => new Address(cluster.Tls is null ? "akka.tcp" : "akka.ssl.tcp", ActorSystemConfiguration.SystemName, seed.Host, seed.Port))];

    /// <summary>The version that nodes tell each other: while they differ, a restart is rolling, and shards are not moved for balance.</summary>
    internal static string ApplicationVersion(string informational)
    {
        try
        {
            return AppVersion.Create(informational).Version;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or OverflowException)
        {
            return informational.Split('+', '-')[0];
        }
    }

    private static string Remote(NodeSettings settings)
    {
        var frame = Math.Max(MinimumFrame, settings.Smtp.MaximumRecipients * OctetsPerRecipient);
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka {
              actor.provider = cluster
              remote {
                retry-gate-closed-for = 1s
                # A node that comes back as the others call it would be left on a connection that nobody reads: docs/adr/0016.
                use-passive-connections = off
                dot-netty.tcp {
                  hostname = "{{settings.Cluster.Address.Host}}"
                  port = {{settings.Cluster.Address.Port}}
                  enable-ssl = {{(settings.Cluster.Tls is null ? "off" : "on")}}
                  connection-timeout = 5s
                  maximum-frame-size = {{frame}}b
                  send-buffer-size = {{frame}}b
                  receive-buffer-size = {{frame}}b
                }
              }
            }
            """);
    }

    private static string Membership(ClusterSettings cluster)
    {
        var policy = cluster.SplitBrain.Policy;
        var version = typeof(ClusterConfiguration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka.cluster {
              roles = [{{string.Join(", ", cluster.Roles.Select(role => $"\"{role}\""))}}]
              app-version = "{{ApplicationVersion(version)}}"
              retry-unsuccessful-join-after = 2s
              seed-node-timeout = 3s
              gossip-interval = 500ms
              leader-actions-interval = 500ms
              unreachable-nodes-reaper-interval = 500ms
              failure-detector {
                implementation-class = "Akka.Remote.DeadlineFailureDetector, Akka.Remote"
                heartbeat-interval = 500ms
                acceptable-heartbeat-pause = 3s
              }
              downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
              down-removal-margin = 500ms
              split-brain-resolver {
                active-strategy = {{NameOf(policy.Strategy)}}
                stable-after = {{cluster.SplitBrain.StableAfter.TotalMilliseconds:F0}}ms
                down-all-when-unstable = off
                static-quorum.quorum-size = {{policy.QuorumSize}}
              }
              sharding {
                state-store-mode = ddata
                remember-entities = off
                handoff-timeout = 15s
                retry-interval = 500ms
                rebalance-interval = 5s
                least-shard-allocation-strategy.rebalance-absolute-limit = 20
              }
            }
            """);
    }

    // The whole must end before the process is given up on: see MtaNode.
    private const string Shutdown = """
        akka.coordinated-shutdown {
          exit-clr = off
          run-by-clr-shutdown-hook = off
          phases {
            cluster-sharding-shutdown-region.timeout = 3s
            cluster-leave.timeout = 2s
            cluster-exiting.timeout = 2s
            cluster-exiting-done.timeout = 1s
            cluster-shutdown.timeout = 1s
            actor-system-terminate.timeout = 3s
          }
        }
        """;

    private static string NameOf(SplitBrainStrategy strategy) => strategy switch
    {
        SplitBrainStrategy.KeepMajority => "keep-majority",
        SplitBrainStrategy.StaticQuorum => "static-quorum",
        SplitBrainStrategy.DownAll => "down-all",
        _ => throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "has no resolver"),
    };
}
