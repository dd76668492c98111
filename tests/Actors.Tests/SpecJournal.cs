using Akka.Configuration;
using Akka.Persistence.Sql;
using MtaCluster.Actors.Serialization;

namespace MtaCluster.Actors.Tests;

/// <summary>The SQLite journal and snapshot store of specs, set as the product's are, with the product's serializers.</summary>
internal static class SpecJournal
{
    public const string Journal = "akka.persistence.journal.spec";
    public const string Snapshots = "akka.persistence.snapshot-store.spec";

    public static Config Configure(string connectionString, string journalClass = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql")
        => ConfigurationFactory.ParseString($$"""
            {{Journal}} {
              class = "{{journalClass}}"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              plugin-id = "{{Journal}}"
              connection-string = "{{connectionString}}"
              provider-name = "SQLite.MS"
              auto-initialize = true
              replay-filter.mode = off
              parallelism = 1
            }
            {{Snapshots}} {
              class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              plugin-id = "{{Snapshots}}"
              connection-string = "{{connectionString}}"
              provider-name = "SQLite.MS"
              auto-initialize = true
              parallelism = 1
            }
            """).WithFallback(ConfigurationFactory.ParseString(WireConfiguration.Hocon)).WithFallback(SqlPersistence.DefaultConfiguration);
}
