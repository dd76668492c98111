using System.Collections.Immutable;
using System.Security.Cryptography;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Protocol.Sasl;
using Npgsql;

namespace MtaCluster.Node.Auth;

/// <summary>Users in the table <c>mta_user</c>, for all nodes of a cluster.</summary>
internal sealed class PostgresUserDirectory(PostgresDatabase database) : IUserDirectory
{
    private const string Columns = "name, password, scram, identities, enabled, rate";

    private byte[]? _secret;

    /// <inheritdoc/>
    public async ValueTask<UserRecord?> FindAsync(string name, CancellationToken cancellationToken)
        => (await QueryAsync($"SELECT {Columns} FROM mta_user WHERE name = $1", cancellationToken, name).ConfigureAwait(false)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<UserRecord>> ListAsync(CancellationToken cancellationToken)
        => [.. (await QueryAsync($"SELECT {Columns} FROM mta_user", cancellationToken).ConfigureAwait(false)).OrderBy(user => user.Name, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public async ValueTask<bool> AddAsync(UserRecord user, CancellationToken cancellationToken) => await ExecuteAsync(
        $"INSERT INTO mta_user ({Columns}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", cancellationToken, Values(user)).ConfigureAwait(false) == 1;

    /// <inheritdoc/>
    public async ValueTask<bool> ChangeAsync(string name, Func<UserRecord, UserRecord> change, CancellationToken cancellationToken)
    {
        // A change by another node in between is not overwritten: the row must still be what was read.
        while (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } user)
        {
            var changed = await ExecuteAsync(
                "UPDATE mta_user SET password = $2, scram = $3, identities = $4, enabled = $5, rate = $6, changed = now() " +
                "WHERE name = $1 AND (password, scram, identities, enabled, rate) IS NOT DISTINCT FROM ($7::text, $8::text, $9::text[], $10::boolean, $11::text)",
                cancellationToken,
                [.. Values(change(user)), .. Values(user).Skip(1)]).ConfigureAwait(false);
            if (changed == 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RemoveAsync(string name, CancellationToken cancellationToken)
        => await ExecuteAsync("DELETE FROM mta_user WHERE name = $1", cancellationToken, name).ConfigureAwait(false) == 1;

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> GetSecretAsync(CancellationToken cancellationToken) => _secret ??= await RunAsync(
        async command =>
        {
            // The first node makes it.
            command.CommandText = "INSERT INTO mta_auth_secret (secret) VALUES ($1) ON CONFLICT DO NOTHING";
            command.Parameters.Add(new NpgsqlParameter { Value = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes) });
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            command.CommandText = "SELECT secret FROM mta_auth_secret";
            command.Parameters.Clear();
            return (byte[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        },
        cancellationToken).ConfigureAwait(false);

    private static object[] Values(UserRecord user) =>
    [
        user.Name,
        user.Password.ToString(),
        (object?)user.Scram?.ToString() ?? DBNull.Value,
        user.Identities.Select(identity => identity.ToString()).ToArray(),
        user.IsEnabled,
        (object?)user.Rate?.ToString() ?? DBNull.Value,
    ];

    private static UserRecord Read(NpgsqlDataReader row)
    {
        var name = row.GetString(0);
        ScramKeys? scram = null;
        Rate? rate = null;
        if (!PasswordHash.TryParse(row.GetString(1), out var password)
            || (!row.IsDBNull(2) && !ScramKeys.TryParse(row.GetString(2), out scram))
            || (!row.IsDBNull(5) && !Rate.TryParse(row.GetString(5), out rate)))
        {
            throw new UserDirectoryException($"the row of {name} in mta_user is not as it should be");
        }

        var identities = row.GetFieldValue<string[]>(3).Select(text => SenderIdentity.TryParse(text, out var identity)
            ? identity
            : throw new UserDirectoryException($"the row of {name} in mta_user has the identity {text}"));
        return new UserRecord(name, password, scram, [.. identities]) { IsEnabled = row.GetBoolean(4), Rate = rate };
    }

    private Task<List<UserRecord>> QueryAsync(string sql, CancellationToken cancellationToken, params object[] values) => RunAsync(
        async command =>
        {
            Prepare(command, sql, values);
            var users = new List<UserRecord>();
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    users.Add(Read(reader));
                }
            }

            return users;
        },
        cancellationToken);

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values) => RunAsync(
        command =>
        {
            Prepare(command, sql, values);
            return command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    private static void Prepare(NpgsqlCommand command, string sql, object[] values)
    {
        command.CommandText = sql;
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }
    }

    private async Task<T> RunAsync<T>(Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAndRunAsync(run, cancellationToken).WaitAsync(database.HardLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            throw new UserDirectoryException($"database {database.Name}: {failure.Message}", failure);
        }
    }

    private async Task<T> ConnectAndRunAsync<T>(Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        var connection = await database.Control.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                return await run(command).ConfigureAwait(false);
            }
        }
    }
}
