using Microsoft.Data.Sqlite;

namespace MtaCluster.Node.Storage;

/// <summary>
/// The embedded journals: SQLite in WAL mode with <c>synchronous=FULL</c>, so that a commit is on stable storage when it returns. The spools and
/// the destinations have a database each, so that neither waits for, or fails with, the other.
/// </summary>
internal static class SqliteDatabases
{
    /// <summary>Makes the database if it is missing, puts it into WAL mode (a property of the file), and returns how to open it.</summary>
    /// <exception cref="SqliteException">The file is no database, or cannot be written.</exception>
    public static string Prepare(string directory, string name)
    {
        Directory.CreateDirectory(directory);
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(directory, name),
            Pooling = true,
            DefaultTimeout = 10,
        }.ToString();
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        Expect(connection, "PRAGMA journal_mode=WAL", "wal");

        // SQLite's own default, which each connection has anew: checked, for NORMAL would lose acknowledged mail with the power.
        Expect(connection, "PRAGMA synchronous", "2");
        return connectionString;
    }

    private static void Expect(SqliteConnection connection, string pragma, string expected)
    {
        using var command = connection.CreateCommand();
        command.CommandText = pragma;
        var actual = Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"'{pragma}' of {connection.DataSource} is '{actual}', not '{expected}': its commits would not be durable");
        }
    }
}
