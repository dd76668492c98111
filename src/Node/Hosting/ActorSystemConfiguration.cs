using System.Globalization;
using Akka.Configuration;
using Akka.Persistence.Sql;
using MtaCluster.Actors.Serialization;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage;

namespace MtaCluster.Node.Hosting;

/// <summary>The settings of the actor system, from those of the node. docs/adr/0003 gives the reasons and what was measured.</summary>
internal static class ActorSystemConfiguration
{
    public const string SystemName = "MtaCluster";
    public const string SpoolJournal = "akka.persistence.journal.spool";
    public const string SpoolSnapshots = "akka.persistence.snapshot-store.spool";
    public const string DestinationJournal = "akka.persistence.journal.destination";
    public const string DestinationSnapshots = "akka.persistence.snapshot-store.destination";

    public static Config Create(NodeSettings settings)
    {
        var spools = SqliteDatabases.Prepare(settings.DataDirectory, "spool.db");
        var destinations = SqliteDatabases.Prepare(settings.DataDirectory, "destination.db");
        return ConfigurationFactory.ParseString(Base(settings))
            .WithFallback(ConfigurationFactory.ParseString(WireConfiguration.Hocon))
            .WithFallback(Journal("spool", spools))
            .WithFallback(Journal("destination", destinations))
            .WithFallback(SqlPersistence.DefaultConfiguration);
    }

    private static string Base(NodeSettings settings) => string.Create(CultureInfo.InvariantCulture, $$"""
        akka {
          loggers = ["MtaCluster.Node.Telemetry.AkkaLogBridge, MtaCluster.Node"]
          loglevel = INFO
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          stdout-loglevel = OFF
          stdout-logger-class = "MtaCluster.Node.Telemetry.SilentLogger, MtaCluster.Node"
          coordinated-shutdown.exit-clr = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          actor.provider = cluster
          remote.dot-netty.tcp {
            hostname = "{{settings.Cluster.Address.Host}}"
            port = {{settings.Cluster.Address.Port}}
          }
          cluster {
            roles = [{{string.Join(", ", settings.Cluster.Roles.Select(role => $"\"{role}\""))}}]
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver.active-strategy = keep-majority
            split-brain-resolver.stable-after = 5s
            down-removal-margin = 1s
            sharding {
              state-store-mode = ddata
              remember-entities = off
              handoff-timeout = 15s
              retry-interval = 500ms
              rebalance-interval = 5s
              least-shard-allocation-strategy.rebalance-absolute-limit = 20
            }
          }
          persistence {
            max-concurrent-recoveries = 50
            journal.plugin = "{{SpoolJournal}}"
            snapshot-store.plugin = "{{SpoolSnapshots}}"
          }
        }
        """);

    // A plugin of its own for each database: their queues and circuit breakers are separate. What is not said here is the plugin's default.
    private static Config Journal(string name, string connectionString)
    {
        var quoted = connectionString.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return ConfigurationFactory.ParseString($$"""
            akka.persistence.journal.{{name}} {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              plugin-id = "akka.persistence.journal.{{name}}"
              connection-string = "{{quoted}}"
              provider-name = "SQLite.MS"
              auto-initialize = true
              parallelism = 1
            }
            akka.persistence.snapshot-store.{{name}} {
              class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              plugin-id = "akka.persistence.snapshot-store.{{name}}"
              connection-string = "{{quoted}}"
              provider-name = "SQLite.MS"
              auto-initialize = true
              parallelism = 1
            }
            """);
    }
}
