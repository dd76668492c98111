using Akka.Configuration;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage;

namespace MtaCluster.Node.Hosting;

/// <summary>The settings of the actor system, from those of the node. docs/adr/0003 gives the reasons and what was measured.</summary>
internal static class ActorSystemConfiguration
{
    public const string SystemName = "MtaCluster";

    public static Config Create(NodeSettings settings, IStorageBackend storage) => ConfigurationFactory.ParseString(Base(storage))
        .WithFallback(ClusterConfiguration.Create(settings))
        .WithFallback(storage.Persistence);

    private static string Base(IStorageBackend storage) => $$"""
        akka {
          loggers = ["MtaCluster.Node.Telemetry.AkkaLogBridge, MtaCluster.Node"]
          loglevel = INFO
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          stdout-loglevel = OFF
          stdout-logger-class = "MtaCluster.Node.Telemetry.SilentLogger, MtaCluster.Node"
          persistence {
            max-concurrent-recoveries = 50
            journal.plugin = "{{storage.SpoolJournalOf(0)}}"
            snapshot-store.plugin = "{{storage.SpoolSnapshotsOf(0)}}"
          }
        }
        """;
}
