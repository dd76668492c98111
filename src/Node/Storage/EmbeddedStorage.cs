using Akka.Configuration;
using Akka.Persistence.Sql;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Storage;

/// <summary>The storage of a single node, under its data directory: segment files for the bodies, a SQLite database each for spools and destinations.</summary>
internal sealed class EmbeddedStorage : IStorageBackend
{
    private readonly EmbeddedMessageStore _bodies;

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">The data directory cannot be used, or another process uses it.</exception>
    public EmbeddedStorage(NodeSettings settings, ILoggerFactory loggers)
    {
        _bodies = EmbeddedMessageStore.Open(
            new EmbeddedMessageStoreOptions(Path.Combine(settings.DataDirectory, "bodies"))
            {
                CacheBytes = settings.Storage.BodyCacheBytes,
                SegmentBytes = settings.Storage.SegmentBytes,
            },
            loggers.CreateLogger<EmbeddedMessageStore>());
        Persistence = Plugins("spool", SqliteDatabases.Prepare(settings.DataDirectory, "spool.db"))
            .WithFallback(Plugins("destination", SqliteDatabases.Prepare(settings.DataDirectory, "destination.db")))
            .WithFallback(SqlPersistence.DefaultConfiguration);
    }

    /// <inheritdoc/>
    public IMessageStore Bodies => _bodies;

    /// <inheritdoc/>
    public IBodyReclaim? Reclaim => null;

    /// <inheritdoc/>
    public IUserDirectory? Users => null;

    /// <inheritdoc/>
    public Config Persistence { get; }

    /// <inheritdoc/>
    public string DestinationJournal => "akka.persistence.journal.destination";

    /// <inheritdoc/>
    public string DestinationSnapshots => "akka.persistence.snapshot-store.destination";

    // One node, one writer: what would gather meanwhile gathers while the disk is flushed.
    /// <inheritdoc/>
    public TimeSpan WriteRest => TimeSpan.Zero;

    /// <inheritdoc/>
    public string SpoolJournalOf(int spool) => "akka.persistence.journal.spool";

    /// <inheritdoc/>
    public string SpoolSnapshotsOf(int spool) => "akka.persistence.snapshot-store.spool";

    /// <inheritdoc/>
    public bool IsNotWritten(Exception failure) => false;

    /// <inheritdoc/>
    public Task PrepareAsync(StoreHealth health, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _bodies.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Config Plugins(string name, string connectionString)
    {
        const string settings = """
            auto-initialize = true
            parallelism = 1
            """;
        return SqlPlugins.Pair(
            $"akka.persistence.journal.{name}", $"akka.persistence.snapshot-store.{name}", "SQLite.MS", connectionString, settings, settings);
    }
}
