using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>What a server does before it says that a commit is done.</summary>
/// <param name="Version">Its version.</param>
/// <param name="SynchronousCommit"><c>on</c>, <c>local</c>, <c>remote_write</c> and <c>remote_apply</c> all wait for its own disk.</param>
/// <param name="Fsync">Whether what it writes is flushed to the disk.</param>
/// <param name="FullPageWrites">Whether it can recover a page that a power cut tore.</param>
internal sealed record ServerDurability(string Version, string SynchronousCommit, string Fsync, string FullPageWrites)
{
    /// <summary>The oldest major version: that of the time-outs for dead clients that our sessions ask for.</summary>
    public const int OldestVersion = 12;

    /// <summary>Selects the three settings.</summary>
    public const string Settings = "current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')";

    /// <summary>Why a commit could be lost with the power; null if it could not.</summary>
    public string? Fault =>
        SynchronousCommit == "off" ? "synchronous_commit is off"
        : Fsync != "on" ? "fsync is off"
        : FullPageWrites != "on" ? "full_page_writes is off"
        : null;

    /// <summary>Asks the server.</summary>
    /// <exception cref="StorageRefusedException">It is too old.</exception>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public static async Task<ServerDurability> ReadAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestVersion)
        {
            throw new StorageRefusedException($"Database {name} is PostgreSQL {connection.PostgreSqlVersion}; {OldestVersion} is the oldest that will do");
        }

        var command = new NpgsqlCommand($"SELECT {Settings}", connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new ServerDurability(connection.PostgreSqlVersion.ToString(), reader.GetString(0), reader.GetString(1), reader.GetString(2));
            }
        }
    }
}
