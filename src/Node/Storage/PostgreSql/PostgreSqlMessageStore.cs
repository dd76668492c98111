using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// The message store of a cluster: bodies in PostgreSQL, each in the database of its spool, written by COPY in groups into a table for each five minutes.
/// Nothing is deleted body by body: <see cref="PostgresBodyReclaim"/> drops whole tables once the spools want nothing in them.
/// </summary>
internal sealed class PostgreSqlMessageStore : IMessageStore, IAsyncDisposable
{
    private const int BigCopiesAtOnce = 4;
    private readonly PostgreSqlMessageStoreOptions _options;
    private readonly BodyCache _cache;
    private readonly Shelf[] _shelves;

    /// <summary>Opens the store in databases whose schema is there. They stay the caller's.</summary>
    /// <exception cref="IOException">The directory for big bodies cannot be made.</exception>
    public PostgreSqlMessageStore(IReadOnlyList<PostgresDatabase> databases, PostgreSqlMessageStoreOptions options, ILogger<PostgreSqlMessageStore> logger)
    {
        Directory.CreateDirectory(options.SpillDirectory);
        _options = options;
        _cache = new BodyCache(options.CacheBytes);
        _shelves = [.. databases.Select(database =>
        {
            var buckets = new BodyBuckets(database, options.BucketLength);
            return new Shelf(database, buckets, new BodyCommitter(database, buckets, _cache, logger), new SemaphoreSlim(BigCopiesAtOnce));
        })];
    }

    /// <summary>Octets of memory in the cache.</summary>
    internal long CachedOctets => _cache.Octets;

    /// <summary>Commits of groups so far.</summary>
    internal long Groups => _shelves.Sum(shelf => shelf.Committer.Groups);

    /// <inheritdoc/>
    public IBodyWriter CreateBody(int spool)
    {
        var shelf = Array.Find(_shelves, candidate => candidate.Database.Spools.Contains(spool))
            ?? throw new ArgumentOutOfRangeException(nameof(spool), spool, "No database has this spool");
        return new PostgresBodyWriter(
            shelf.Committer, () => new SpilledBody(shelf.Database, shelf.Buckets, shelf.BigCopies, _options.SpillDirectory));
    }

    /// <inheritdoc/>
    public ValueTask<BodyReader> OpenAsync(BodyRef body, CancellationToken cancellationToken = default)
    {
        if (_cache.TryAcquire(body, out var buffer))
        {
            return ValueTask.FromResult<BodyReader>(new CachedBodyReader(buffer));
        }

        return Find(body) is { } shelf
            ? PostgresBodyReader.OpenAsync(shelf.Database, body, cancellationToken)
            : throw new BodyUnavailableException($"There is no database of the body {body}");
    }

    /// <inheritdoc/>
    public bool CanBeAccepted(BodyRef body) =>
        Find(body) is { } shelf && shelf.Database.Clock.Now - shelf.Buckets.EndOf(BodyBuckets.BucketOf(body.Container)) <= _options.AcceptedWithin;

    /// <summary>Does nothing: bodies are kept until the spools say that they hold them no more.</summary>
    public void Retain(BodyRef body)
    {
    }

    /// <summary>Frees memory only: the space goes with the table.</summary>
    public void Release(BodyRef body) => _cache.Remove(body);

    /// <summary>Does nothing: bodies that nobody accepted go with their table.</summary>
    public int SweepOrphans() => 0;

    /// <summary>Makes durable what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var shelf in _shelves)
        {
            await shelf.Committer.DisposeAsync().ConfigureAwait(false);
            shelf.BigCopies.Dispose();
        }
    }

    private Shelf? Find(BodyRef body)
    {
        var number = BodyBuckets.DatabaseOf(body.Container);
        return number >= 0 && number < _shelves.Length ? _shelves[number] : null;
    }

    private sealed record Shelf(PostgresDatabase Database, BodyBuckets Buckets, BodyCommitter Committer, SemaphoreSlim BigCopies);
}
