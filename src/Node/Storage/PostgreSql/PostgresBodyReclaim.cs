using System.Collections.Immutable;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using Npgsql;
using NpgsqlTypes;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// Frees the space of message bodies in PostgreSQL. A table of which little is wanted is dropped, after what is wanted was copied to the bodies that are kept,
/// in one transaction: a reader finds a body in the one or in the other. Only what is kept is ever deleted row by row.
/// </summary>
internal sealed class PostgresBodyReclaim : IBodyReclaim
{
    /// <summary>The advisory lock under which one node at a time reclaims.</summary>
    private const long ReclaimLock = 0x4D54_4103;

    /// <summary>Moving pays while what is wanted is at most this part of a table.</summary>
    private const int WorthwhileShare = 8;

    /// <summary>So many bodies are moved at most, and so many positions fit into the answer of a spool.</summary>
    private const int MaximumMoved = 5000;

    private const int DeletedAtOnce = 500;
    private const int LongCommandSeconds = 120;
    private readonly IReadOnlyList<PostgresDatabase> _databases;
    private readonly PostgreSqlMessageStoreOptions _options;
    private readonly Dictionary<long, long> _bodies = [];

    /// <summary>Reclaims in these databases.</summary>
    public PostgresBodyReclaim(IReadOnlyList<PostgresDatabase> databases, PostgreSqlMessageStoreOptions options)
    {
        _databases = databases;
        _options = options;
    }

    /// <inheritdoc/>
    public async Task<ReclaimSurvey> SurveyAsync(CancellationToken cancellationToken)
    {
        var containers = ImmutableArray.CreateBuilder<ReclaimableContainer>();
        var sequenceNumbers = ImmutableDictionary.CreateBuilder<int, long>();
        foreach (var database in _databases)
        {
            try
            {
                var connection = await database.Control.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await AddTablesAsync(containers, database, connection, cancellationToken).ConfigureAwait(false);
                    await AddKeptAsync(containers, database, connection, cancellationToken).ConfigureAwait(false);
                    await AddSequenceNumbersAsync(sequenceNumbers, database, connection, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (NpgsqlException e)
            {
                throw new IOException($"Database {database.Name}: {e.Message}", e);
            }
        }

        foreach (var gone in _bodies.Keys.Except(containers.Select(container => container.Container)).ToList())
        {
            _bodies.Remove(gone);
        }

        return new ReclaimSurvey(containers.ToImmutable(), sequenceNumbers.ToImmutable());
    }

    /// <inheritdoc/>
    public async Task<long> KeepOnlyAsync(long container, ImmutableArray<long> positions, CancellationToken cancellationToken)
    {
        var database = _databases[BodyBuckets.DatabaseOf(container)];
        var bucket = BodyBuckets.BucketOf(container);
        try
        {
            var connection = await database.Control.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var table = await SizeOfAsync(connection, bucket, cancellationToken).ConfigureAwait(false);
                return table is { } octets
                    ? await DropAsync(connection, bucket, positions, cancellationToken).ConfigureAwait(false) ? octets : 0
                    : await DeleteOthersAsync(connection, bucket, positions, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UndefinedTable)
        {
            // A long read has it, or another node was faster: there is another round.
            return 0;
        }
        catch (NpgsqlException e)
        {
            throw new IOException($"Database {database.Name}: {e.Message}", e);
        }
    }

    private async Task AddTablesAsync(
        ImmutableArray<ReclaimableContainer>.Builder containers, PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var buckets = new BodyBuckets(database, _options.BucketLength);
        var now = await ScalarAsync<DateTime>(connection, "SELECT clock_timestamp() AT TIME ZONE 'UTC'", [], cancellationToken).ConfigureAwait(false);
        var end = buckets.FirstYoungerThan(_options.ReclaimedAfter, new DateTimeOffset(DateTime.SpecifyKind(now, DateTimeKind.Utc)));
        var found = await RowsAsync(
            connection,
            """
            SELECT substring(relname FROM 10)::bigint, pg_total_relation_size(oid)
            FROM pg_class
            WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
                AND relname ~ '^mta_body_[0-9]+$' AND substring(relname FROM 10)::bigint < $1
            ORDER BY 1
            """,
            [new() { Value = end }],
            cancellationToken).ConfigureAwait(false);
        foreach (var (bucket, octets) in found)
        {
            var container = BodyBuckets.ContainerOf(database.Number, bucket);
            if (!_bodies.TryGetValue(container, out var bodies))
            {
                // A table whose time is over does not change.
                bodies = await CountAsync(connection, bucket, cancellationToken).ConfigureAwait(false);
                _bodies[container] = bodies;
            }

            containers.Add(new ReclaimableContainer(container, octets, Math.Min(bodies / WorthwhileShare, MaximumMoved)));
        }
    }

    // Each writer has counted up in a range of its own, so its first and its last position say how many bodies it wrote (and a few
    // that failed): two look-ups in the index for each writer, where counting would read the whole table.
    private static Task<long> CountAsync(NpgsqlConnection connection, long bucket, CancellationToken cancellationToken)
    {
        var table = BodyBuckets.TableOf(bucket);
        return ScalarAsync<long>(
            connection,
            $"""
            WITH RECURSIVE writer(first) AS (
                SELECT min(id) FROM {table}
                UNION ALL
                SELECT (SELECT min(id) FROM {table} WHERE id >= ((first >> 40) + 1) << 40) FROM writer WHERE first IS NOT NULL)
            SELECT coalesce(sum((SELECT max(id) FROM {table} WHERE id < ((first >> 40) + 1) << 40) - first + 1), 0)::bigint
            FROM writer WHERE first IS NOT NULL
            """,
            [],
            cancellationToken);
    }

    private static async Task AddKeptAsync(
        ImmutableArray<ReclaimableContainer>.Builder containers, PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = await RowsAsync(
            connection, "SELECT bucket, count(*) FROM mta_body_kept WHERE length IS NOT NULL GROUP BY bucket", [], cancellationToken).ConfigureAwait(false);
        foreach (var (bucket, bodies) in found)
        {
            containers.Add(new ReclaimableContainer(BodyBuckets.ContainerOf(database.Number, bucket), 0, bodies - 1));
        }
    }

    private static async Task AddSequenceNumbersAsync(
        ImmutableDictionary<int, long>.Builder sequenceNumbers, PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var ids = database.Spools.Numbers.Select(SpoolSharding.PersistenceIdOf).ToArray();
        var found = await RowsAsync(
            connection,
            """
            SELECT spool - 1, coalesce((SELECT max(sequence_number) FROM mta_spool_journal WHERE persistence_id = id), 0)
            FROM unnest($1) WITH ORDINALITY AS spools(id, spool)
            """,
            [new() { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }],
            cancellationToken).ConfigureAwait(false);
        foreach (var (index, sequenceNumber) in found)
        {
            sequenceNumbers[database.Spools.Numbers[(int)index]] = sequenceNumber;
        }
    }

    private static async Task<long?> SizeOfAsync(NpgsqlConnection connection, long bucket, CancellationToken cancellationToken)
    {
        var size = await ScalarAsync<object>(
            connection, $"SELECT pg_total_relation_size(to_regclass('{BodyBuckets.TableOf(bucket)}'))", [], cancellationToken).ConfigureAwait(false);
        return size as long?;
    }

    private static async Task<bool> DropAsync(
        NpgsqlConnection connection, long bucket, ImmutableArray<long> positions, CancellationToken cancellationToken)
    {
        var table = BodyBuckets.TableOf(bucket);
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await ScalarAsync<bool>(connection, $"SELECT pg_try_advisory_xact_lock({ReclaimLock})", [], cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            // Writers are shut out, readers only by the drop, which takes no time.
            await ExecuteAsync(connection, $"SET LOCAL lock_timeout = '2s'; LOCK TABLE {table} IN SHARE MODE", [], cancellationToken).ConfigureAwait(false);
            if (!positions.IsEmpty)
            {
                await MoveAsync(connection, bucket, positions, cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(connection, $"DROP TABLE {table}", [], cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private static async Task MoveAsync(NpgsqlConnection connection, long bucket, ImmutableArray<long> positions, CancellationToken cancellationToken)
    {
        var moved = await ScalarAsync<long>(
            connection,
            $"""
            WITH moved AS (
                INSERT INTO mta_body_kept (bucket, id, part, content, length, checksum)
                SELECT $1, id, part, content, length, checksum FROM {BodyBuckets.TableOf(bucket)} WHERE id = ANY($2)
                RETURNING length)
            SELECT count(length) FROM moved
            """,
            [new() { Value = bucket }, Positions(positions)],
            cancellationToken).ConfigureAwait(false);
        if (moved != positions.Distinct().Count())
        {
            throw new IOException($"{positions.Length} bodies of {BodyBuckets.TableOf(bucket)} are wanted, and it has {moved} of them; it is left as it is");
        }
    }

    private static async Task<long> DeleteOthersAsync(
        NpgsqlConnection connection, long bucket, ImmutableArray<long> positions, CancellationToken cancellationToken)
    {
        long freed = 0;
        while (true)
        {
            var rows = await RowsAsync(
                connection,
                $"""
                WITH unwanted AS (
                    SELECT id FROM mta_body_kept WHERE bucket = $1 AND length IS NOT NULL AND NOT id = ANY($2) LIMIT {DeletedAtOnce}),
                deleted AS (
                    DELETE FROM mta_body_kept k USING unwanted u WHERE k.bucket = $1 AND k.id = u.id RETURNING k.length)
                SELECT count(length), coalesce(sum(length), 0)::bigint FROM deleted
                """,
                [new() { Value = bucket }, Positions(positions)],
                cancellationToken).ConfigureAwait(false);
            if (rows is not [{ First: > 0 } deleted])
            {
                return freed;
            }

            freed += deleted.Second;
        }
    }

    private static NpgsqlParameter Positions(ImmutableArray<long> positions) =>
        new() { Value = positions.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private static async Task<List<(long First, long Second)>> RowsAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<(long, long)>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add((reader.GetInt64(0), reader.GetInt64(1)));
                }

                return rows;
            }
        }
    }

    private static async Task<T> ScalarAsync<T>(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = LongCommandSeconds };
        command.Parameters.AddRange(parameters);
        return command;
    }
}
