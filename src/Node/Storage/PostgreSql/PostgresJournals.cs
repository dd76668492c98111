using System.Globalization;
using Akka.Configuration;
using Akka.Persistence.Sql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>The journal and snapshot plugins: for each database one pair for its spools, and in the first one pair for the destinations.</summary>
internal static class PostgresJournals
{
    private const string Journals = "akka.persistence.journal.";
    private const string Snapshots = "akka.persistence.snapshot-store.";

    /// <summary>The plugin ids of the destinations.</summary>
    public static (string Journal, string Snapshots) Destinations => (Journals + "destination", Snapshots + "destination");

    /// <summary>The plugin ids of the spools in a database.</summary>
    public static (string Journal, string Snapshots) SpoolsIn(int database)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"spool-{database}");
        return (Journals + name, Snapshots + name);
    }

    /// <summary>The settings of all of them.</summary>
    public static Config Configuration(IReadOnlyList<PostgresDatabase> databases)
    {
        var config = Plugins(Destinations, "destination", databases[0].JournalConnectionString, parallelism: 2);
        foreach (var database in databases)
        {
            config = config.WithFallback(Plugins(SpoolsIn(database.Number), "spool", database.JournalConnectionString, parallelism: 8));
        }

        return config.WithFallback(SqlPersistence.DefaultConfiguration);
    }

    // batch-size 1: a spool gathers its own groups, and rows of several actors in one transaction would let the one that the fence shuts out fail
    // its neighbours. So parallelism is how many spools of this node can be committing at once; the server flushes them together.
    // The circuit breaker: a server that stands still fails writes after 10 s, and one that is back is tried again in seconds.
    // buffer-size: as many spools as there can be, each with one write under way.
    private static Config Plugins((string Journal, string Snapshots) ids, string tables, string connectionString, int parallelism) => SqlPlugins.Pair(
        ids.Journal,
        ids.Snapshots,
        "PostgreSQL.15",
        connectionString,
        string.Create(CultureInfo.InvariantCulture, $$"""
            auto-initialize = false
            tag-write-mode = Csv
            parallelism = {{parallelism}}
            batch-size = 1
            buffer-size = 5000
            prefer-parameters-on-multirow-insert = true
            default.journal.table-name = "mta_{{tables}}_journal"
            circuit-breaker {
              max-failures = 20
              call-timeout = 10s
              reset-timeout = 2s
            }
            """),
        $$"""
            auto-initialize = false
            default.snapshot.table-name = "mta_{{tables}}_snapshot"
            circuit-breaker {
              max-failures = 20
              call-timeout = 30s
              reset-timeout = 2s
            }
            """);
}
