using System.Globalization;
using MtaCluster.Actors.Storage;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// The tables of message bodies in one database: one for each <see cref="PostgreSqlMessageStoreOptions.BucketLength"/> by the server's clock, made by
/// whoever needs it first, and dropped whole when nobody wants anything in it any more.
/// </summary>
internal sealed class BodyBuckets(PostgresDatabase database, TimeSpan length)
{
    /// <summary>The advisory lock under which tables are made.</summary>
    private const long CreationLock = 0x4D54_4102;

    private const int DatabaseShift = 48;
    private const int WriterShift = 40;
    private long _lastPosition;

    /// <summary>The table of a bucket.</summary>
    public static string TableOf(long bucket) => string.Create(CultureInfo.InvariantCulture, $"mta_body_{bucket}");

    /// <summary>The database that holds a container.</summary>
    public static int DatabaseOf(long container) => (int)(container >> DatabaseShift);

    /// <summary>The bucket of a container.</summary>
    public static long BucketOf(long container) => container & ((1L << DatabaseShift) - 1);

    /// <summary>The container of a bucket.</summary>
    public static long ContainerOf(int database, long bucket) => ((long)database << DatabaseShift) | bucket;

    /// <summary>A reference to a body.</summary>
    public BodyRef RefFor(long bucket, long position, long octets) => new(ContainerOf(database.Number, bucket), position, octets);

    /// <summary>When bodies no longer go into a bucket.</summary>
    public DateTimeOffset EndOf(long bucket) => DateTimeOffset.UnixEpoch + (length * (bucket + 1));

    /// <summary>The buckets before this one ended at least <paramref name="age"/> ago, by a clock that says <paramref name="now"/>.</summary>
    public long FirstYoungerThan(TimeSpan age, DateTimeOffset now) => (now - age - DateTimeOffset.UnixEpoch).Ticks / length.Ticks;

    /// <summary>
    /// A position that no other body has, of whatever node: each start of a store takes a number from the database, and counts up below it.
    /// </summary>
    public async ValueTask<long> NextPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _lastPosition) == 0)
        {
            var writer = await ScalarAsync<long>(connection, "SELECT nextval('mta_body_writer')", cancellationToken).ConfigureAwait(false);
            Interlocked.CompareExchange(ref _lastPosition, writer << WriterShift, 0);
        }

        return Interlocked.Increment(ref _lastPosition);
    }

    /// <summary>The bucket of now.</summary>
    public async ValueTask<long> CurrentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (database.Clock.IsStale)
        {
            await ReadClockAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        return FirstYoungerThan(TimeSpan.Zero, database.Clock.Now);
    }

    /// <summary>Makes the table of now, which may have been made already, and returns its bucket. Never that of a time that has passed: it may have been dropped.</summary>
    public async Task<long> CreateCurrentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ReadClockAsync(connection, cancellationToken).ConfigureAwait(false);
        var bucket = FirstYoungerThan(TimeSpan.Zero, database.Clock.Now);
        var table = TableOf(bucket);

        // Rows fit into a page, so nothing is moved out of line; nothing is ever updated or deleted, so there is nothing to vacuum.
        var command = new NpgsqlCommand(
            $"""
            BEGIN;
            SELECT pg_advisory_xact_lock({CreationLock});
            CREATE TABLE IF NOT EXISTS {table} (
                id bigint NOT NULL, part integer NOT NULL, content bytea NOT NULL, length bigint, checksum bigint, PRIMARY KEY (id, part))
                WITH (autovacuum_enabled = false);
            ALTER TABLE {table} ALTER content SET STORAGE PLAIN;
            COMMIT
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return bucket;
    }

    private async Task ReadClockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        database.Clock.Set(await ScalarAsync<DateTime>(
            connection, "SELECT clock_timestamp() AT TIME ZONE 'UTC'", cancellationToken).ConfigureAwait(false));

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
