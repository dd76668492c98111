using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>
/// The message store of a single node: append-only segment files, one flush for all the bodies that wait, a checksum over each
/// body, whole segments deleted when nothing in them is wanted. Small bodies share a segment (a pack); a big one has its own.
/// </summary>
/// <remarks>
/// <para>On opening, the headers of all segments are read, not their bodies. No segment from before is appended to, so a torn tail
/// stays behind as dead octets until its segment goes.</para>
/// <para>A body of up to <see cref="SegmentBodyReader.ChunkSize"/> octets is verified whole before any of it is given out. A bigger one is
/// given out as it is read, and its last chunk only if the checksum of the whole is right.</para>
/// </remarks>
public sealed partial class EmbeddedMessageStore : IMessageStore, IDisposable
{
    private readonly IFileOperations _files;
    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly SegmentCatalog _catalog;
    private readonly BodyCache _cache;
    private readonly GroupCommitter _committer;

    private EmbeddedMessageStore(EmbeddedMessageStoreOptions options, IFileOperations files, ILogger logger, FileStream @lock)
    {
        _files = files;
        _logger = logger;
        _lock = @lock;
        _catalog = new SegmentCatalog(options.Directory, files, logger, Recover(options.Directory));
        _cache = new BodyCache(options.CacheBytes);
        _committer = new GroupCommitter(_catalog, _cache, files, logger, options.SegmentBytes);
    }

    /// <summary>Segment files that exist.</summary>
    internal int SegmentCount => _catalog.Count;

    /// <summary>Octets of memory in the cache.</summary>
    internal long CachedOctets => _cache.Octets;

    /// <summary>Flushes so far, each for the bodies of a group.</summary>
    internal long Groups => _committer.Groups;

    /// <summary>Opens the store, and finds the bodies from before.</summary>
    /// <exception cref="IOException">The directory cannot be used, or another process uses it.</exception>
    public static EmbeddedMessageStore Open(EmbeddedMessageStoreOptions options, ILogger<EmbeddedMessageStore>? logger = null) =>
        Open(options, new FileOperations(), logger ?? NullLogger<EmbeddedMessageStore>.Instance);

    internal static EmbeddedMessageStore Open(EmbeddedMessageStoreOptions options, IFileOperations files, ILogger logger)
    {
        FileStream? @lock = null;
        try
        {
            Directory.CreateDirectory(options.Directory);
            @lock = new FileStream(
                Path.Combine(options.Directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new EmbeddedMessageStore(options, files, logger, @lock);
        }
        catch (UnauthorizedAccessException refused)
        {
            @lock?.Dispose();
            throw new IOException(refused.Message, refused);
        }
        catch
        {
            @lock?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IBodyWriter CreateBody(int spool) => new EmbeddedBodyWriter(_catalog, _committer, _files);

    /// <inheritdoc/>
    public ValueTask<BodyReader> OpenAsync(BodyRef body, CancellationToken cancellationToken = default)
    {
        if (_cache.TryAcquire(body, out var buffer))
        {
            return ValueTask.FromResult<BodyReader>(new CachedBodyReader(buffer));
        }

        return SegmentBodyReader.OpenAsync(_catalog.Find(body.Container), body, cancellationToken);
    }

    /// <inheritdoc/>
    public void Retain(BodyRef body) => _catalog.Retain(body);

    /// <inheritdoc/>
    public void Release(BodyRef body)
    {
        _cache.Remove(body);
        _catalog.Release(body);
    }

    /// <inheritdoc/>
    public int SweepOrphans()
    {
        var swept = _catalog.SweepOrphans();
        LogSwept(swept);
        return swept;
    }

    /// <summary>Makes durable what waits, then closes.</summary>
    public void Dispose()
    {
        _committer.Dispose();
        _catalog.Dispose();
        _lock.Dispose();
    }

    private List<Segment> Recover(string directory)
    {
        var watch = Stopwatch.StartNew();
        var recovered = new List<Segment>();
        var bodies = 0;
        foreach (var path in Directory.EnumerateFiles(directory))
        {
            if (!SegmentName.TryParse(Path.GetFileName(path), out var name))
            {
                continue;
            }

            var (positions, lost) = SegmentScanner.Scan(name, path, _files);
            if (lost > 0)
            {
                LogLost(path, lost);
            }

            // Without one whole record it is what a crash left of a first group or of a big body that was never acknowledged.
            if (positions.Count == 0)
            {
                _files.Delete(path);
                continue;
            }

            bodies += positions.Count;
            recovered.Add(new Segment(name, path, _files, positions));
        }

        LogRecovered(bodies, recovered.Count, watch.ElapsedMilliseconds);
        return recovered;
    }

    [LoggerMessage(3004, LogLevel.Information, "Found {Bodies} message bodies in {Segments} segments in {Milliseconds} ms", EventName = "BodiesFound")]
    private partial void LogRecovered(int bodies, int segments, long milliseconds);

    [LoggerMessage(3005, LogLevel.Warning, "{Octets} octets of the body segment {Path} are no whole body: a torn tail, or damage", EventName = "BodiesTorn")]
    private partial void LogLost(string path, long octets);

    [LoggerMessage(3006, LogLevel.Information, "Swept {Bodies} message bodies that no message refers to", EventName = "BodiesSwept")]
    private partial void LogSwept(int bodies);
}
