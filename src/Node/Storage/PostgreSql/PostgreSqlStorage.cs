using Akka.Configuration;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>The storage of a cluster: journals, snapshots and bodies in one or several PostgreSQL databases.</summary>
internal sealed partial class PostgreSqlStorage : IStorageBackend
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);
    private readonly NodeSettings _settings;
    private readonly PostgreSqlSettings _postgres;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PostgresDatabase[] _databases;
    private readonly PostgreSqlMessageStore _bodies;
    private readonly List<DatabaseProbe> _probes = [];

    /// <summary>Prepares to connect; nothing is opened yet.</summary>
    public PostgreSqlStorage(NodeSettings settings, PostgreSqlSettings postgres, ILoggerFactory loggers, TimeProvider time)
    {
        _settings = settings;
        _postgres = postgres;
        _time = time;
        _logger = loggers.CreateLogger<PostgreSqlStorage>();
        _databases = [.. postgres.Databases.Select((database, number) => new PostgresDatabase(number, database, time))];
        var options = new PostgreSqlMessageStoreOptions(Path.Combine(settings.DataDirectory, "incoming")) { CacheBytes = settings.Storage.BodyCacheBytes };
        _bodies = new PostgreSqlMessageStore(_databases, options, loggers.CreateLogger<PostgreSqlMessageStore>());
        Reclaim = new PostgresBodyReclaim(_databases, options);
        Users = new PostgresUserDirectory(_databases[0]);
    }

    /// <inheritdoc/>
    public IMessageStore Bodies => _bodies;

    /// <inheritdoc/>
    public IBodyReclaim Reclaim { get; }

    /// <inheritdoc/>
    public IUserDirectory Users { get; }

    /// <inheritdoc/>
    public Config Persistence => PostgresJournals.Configuration(_databases);

    /// <inheritdoc/>
    public string DestinationJournal => PostgresJournals.Destinations.Journal;

    /// <inheritdoc/>
    public string DestinationSnapshots => PostgresJournals.Destinations.Snapshots;

    /// <inheritdoc/>
    public TimeSpan WriteRest => BodyCommitter.Rest;

    public string SpoolJournalOf(int spool) => PostgresJournals.SpoolsIn(DatabaseOf(spool)).Journal;

    /// <inheritdoc/>
    public string SpoolSnapshotsOf(int spool) => PostgresJournals.SpoolsIn(DatabaseOf(spool)).Snapshots;

    /// <inheritdoc/>
    public bool IsNotWritten(Exception failure) => JournalFault.IsNotWritten(failure);

    /// <inheritdoc/>
    public async Task PrepareAsync(StoreHealth health, CancellationToken cancellationToken)
    {
        await Task.WhenAll(_databases.Select(database => PrepareAsync(database, health, cancellationToken))).ConfigureAwait(false);
        var node = $"{_settings.Hostname} {_settings.Cluster.Address.Host}:{_settings.Cluster.Address.Port}";
        _probes.AddRange(_databases.Select(
            database => new DatabaseProbe(database, node, _postgres.AllowAsynchronousCommit, health, _logger, _time)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var probe in _probes)
        {
            await probe.DisposeAsync().ConfigureAwait(false);
        }

        await _bodies.DisposeAsync().ConfigureAwait(false);
        foreach (var database in _databases)
        {
            await database.DisposeAsync().ConfigureAwait(false);
        }
    }

    private int DatabaseOf(int spool) => Array.FindIndex(_databases, database => database.Spools.Contains(spool));

    private async Task PrepareAsync(PostgresDatabase database, StoreHealth health, CancellationToken cancellationToken)
    {
        for (var pause = s_firstPause; ; pause = pause * 2 > s_longestPause ? s_longestPause : pause * 2)
        {
            try
            {
                await TryPrepareAsync(database, cancellationToken).ConfigureAwait(false);
                health.Good(DatabaseProbe.PartOf(database));
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                health.Bad(DatabaseProbe.PartOf(database), e.Message);
                LogUnreachable(database.Name, e.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryPrepareAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        var connection = await database.Control.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var durability = await ServerDurability.ReadAsync(connection, database.Name, cancellationToken).ConfigureAwait(false);
            if (durability.Fault is { } fault)
            {
                if (!_postgres.AllowAsynchronousCommit)
                {
                    throw new StorageRefusedException(
                        $"Database {database.Name}: {fault}, so acknowledged mail would be lost with the power. Mta:Storage:AllowAsynchronousCommit takes the risk");
                }

                LogUnsafe(database.Name, fault);
            }

            var before = await PostgresSchema.PrepareAsync(
                connection, database.Number, database.Spools, _settings.Cluster.Spools, database.Name, cancellationToken).ConfigureAwait(false);
            LogReady(
                database.Name, durability.Version, SchemaMigrations.Version, before, database.Spools.ToString(),
                durability.SynchronousCommit, durability.Fsync, durability.FullPageWrites);
        }
    }

    [LoggerMessage(3020, LogLevel.Information, "Database {Database}: PostgreSQL {Version}, schema {Schema} (found {SchemaFound}), spools {Spools}, synchronous_commit={SynchronousCommit}, fsync={Fsync}, full_page_writes={FullPageWrites}", EventName = "DatabaseReady")]
    private partial void LogReady(
        string database, string version, int schema, int schemaFound, string spools, string synchronousCommit, string fsync, string fullPageWrites);

    [LoggerMessage(3021, LogLevel.Warning, "Database {Database} cannot be used yet, and is tried again in {Seconds} s: {Reason}", EventName = "DatabaseUnreachable")]
    private partial void LogUnreachable(string database, string reason, double seconds);

    [LoggerMessage(3022, LogLevel.Critical, "Database {Database}: {Fault}, and AllowAsynchronousCommit is set: MAIL IS LOST when the server loses its power", EventName = "UnsafeDatabase")]
    private partial void LogUnsafe(string database, string fault);
}
