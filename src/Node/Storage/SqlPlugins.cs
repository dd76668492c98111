using Akka.Configuration;

namespace MtaCluster.Node.Storage;

/// <summary>
/// A journal and a snapshot store of Akka.Persistence.Sql in one database. A pair of its own for each use: its queue and its circuit breaker are
/// separate from the others'. What is not said here is the plugin's default.
/// </summary>
internal static class SqlPlugins
{
    /// <summary>The settings of a pair.</summary>
    /// <param name="journal">The full id of the journal.</param>
    /// <param name="snapshots">The full id of the snapshot store.</param>
    /// <param name="provider">The provider's name for linq2db.</param>
    /// <param name="connectionString">How the database is opened.</param>
    /// <param name="journalSettings">More for the journal, in HOCON.</param>
    /// <param name="snapshotSettings">More for the snapshot store, in HOCON.</param>
    /// <remarks>
    /// The replay filter tells writers by their node, and takes the events of a node that a spool came back to for those of a zombie: it would drop them,
    /// and the mail in them. Here the unique number alone decides who may write, and every event that is there counts.
    /// </remarks>
    public static Config Pair(
        string journal, string snapshots, string provider, string connectionString, string journalSettings, string snapshotSettings)
        => Plugin(journal, "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql", provider, connectionString, "replay-filter.mode = off\n" + journalSettings)
            .WithFallback(Plugin(snapshots, "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql", provider, connectionString, snapshotSettings));

    private static Config Plugin(string id, string type, string provider, string connectionString, string settings)
    {
        var quoted = connectionString.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return ConfigurationFactory.ParseString($$"""
            {{id}} {
              class = "{{type}}"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              plugin-id = "{{id}}"
              connection-string = "{{quoted}}"
              provider-name = "{{provider}}"
              {{settings}}
            }
            """);
    }
}
