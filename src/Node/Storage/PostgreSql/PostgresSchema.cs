using System.Globalization;
using MtaCluster.Node.Configuration;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>Brings the schema of a database to this program's version, and checks that it belongs to this cluster.</summary>
internal static class PostgresSchema
{
    /// <summary>The advisory lock of schema changes.</summary>
    private const long SchemaLock = 0x4D54_4101;

    /// <summary>Makes or migrates the schema, one node at a time; returns the version that was there, 0 for none.</summary>
    /// <exception cref="StorageRefusedException">The schema is of a newer program, or of another cluster.</exception>
    /// <exception cref="NpgsqlException">The database failed.</exception>
    public static async Task<int> PrepareAsync(
        NpgsqlConnection connection, int number, SpoolSet held, int spools, string name, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaLock})", cancellationToken).ConfigureAwait(false);
            var before = await MigrateAsync(connection, name, cancellationToken).ConfigureAwait(false);
            await CheckLayoutAsync(connection, (spools, number, held.ToString()), name, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return before;
        }
    }

    private static async Task<int> MigrateAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, "SELECT to_regclass('mta_schema') IS NULL", cancellationToken).ConfigureAwait(false) is true)
        {
            await ExecuteAsync(
                connection,
                "CREATE TABLE mta_schema (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())",
                cancellationToken).ConfigureAwait(false);
        }

        var before = Convert.ToInt32(
            await ScalarAsync(connection, "SELECT coalesce(max(version), 0) FROM mta_schema", cancellationToken).ConfigureAwait(false),
            CultureInfo.InvariantCulture);
        if (before > SchemaMigrations.Version)
        {
            throw new StorageRefusedException(
                $"Database {name} has version {before} of the schema, and this program knows {SchemaMigrations.Version}: it is older than the one that made it");
        }

        for (var version = before; version < SchemaMigrations.Version; version++)
        {
            await ExecuteAsync(connection, SchemaMigrations.Steps[version], cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, $"INSERT INTO mta_schema (version) VALUES ({version + 1})", cancellationToken).ConfigureAwait(false);
        }

        return before;
    }

    // Mail in a spool that is looked for elsewhere would wait for ever, and nobody would know.
    private static async Task CheckLayoutAsync(
        NpgsqlConnection connection, (int Spools, int Number, string Held) expected, string name, CancellationToken cancellationToken)
    {
        var insert = new NpgsqlCommand("INSERT INTO mta_layout (spools, number, held) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", connection)
        {
            Parameters = { new() { Value = expected.Spools }, new() { Value = expected.Number }, new() { Value = expected.Held } },
        };
        await using (insert.ConfigureAwait(false))
        {
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        var command = new NpgsqlCommand("SELECT spools, number, held FROM mta_layout", connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var found = (Spools: reader.GetInt32(0), Number: reader.GetInt32(1), Held: reader.GetString(2));
                if (found != expected)
                {
                    throw new StorageRefusedException(
                        $"Database {name} was made as number {found.Number} for the spools {found.Held} of {found.Spools}, and is configured as " +
                        $"number {expected.Number} for the spools {expected.Held} of {expected.Spools}: that is fixed for its lifetime");
                }
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
