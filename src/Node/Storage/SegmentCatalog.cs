using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>All segments of a store: makes them, finds them, and removes them once they are empty.</summary>
internal sealed partial class SegmentCatalog : IDisposable
{
    // What a disk that hangs may cost a node that stops.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, Segment> _segments = new();
    private readonly IFileOperations _files;
    private readonly string _directory;
    private readonly ILogger _logger;

    // Deletions under way, and the catalog itself until it is disposed.
    private readonly CountdownEvent _working = new(1);
    private long _lastId;

    /// <summary>Takes over what recovery found.</summary>
    public SegmentCatalog(string directory, IFileOperations files, ILogger logger, IReadOnlyCollection<Segment> recovered)
    {
        _directory = directory;
        _files = files;
        _logger = logger;

        // Ids begin with the clock, so that those of segments deleted before the start do not come again.
        _lastId = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), recovered.Count == 0 ? 0 : recovered.Max(s => s.Name.Id));
        foreach (var segment in recovered)
        {
            _segments[segment.Name.Id] = segment;
        }
    }

    /// <summary>Segments that exist.</summary>
    public int Count => _segments.Count;

    /// <summary>Makes a segment's file. The caller makes its name durable with <see cref="FlushDirectory"/>.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public (Segment Segment, SafeFileHandle File) Create(SegmentKind kind)
    {
        var name = SegmentName.Create(Interlocked.Increment(ref _lastId), kind);
        var path = Path.Combine(_directory, name.ToString());
        var file = _files.Create(path);
        var segment = new Segment(name, path, _files, file);
        _segments[name.Id] = segment;
        return (segment, file);
    }

    /// <summary>Makes the names of new segments durable.</summary>
    public void FlushDirectory() => _files.FlushDirectory(_directory);

    /// <summary>The segment that holds a body, or null.</summary>
    public Segment? Find(long id) => _segments.GetValueOrDefault(id);

    /// <summary>Claims a body from before the start.</summary>
    public void Retain(BodyRef body) => Find(body.Container)?.Retain(body.Position);

    /// <summary>Forgets a body.</summary>
    public void Release(BodyRef body)
    {
        if (Find(body.Container) is { } segment && segment.Release(body.Position))
        {
            Remove(segment);
        }
    }

    /// <summary>Ends appending to a segment.</summary>
    public void Seal(Segment segment)
    {
        if (segment.Seal())
        {
            Remove(segment);
        }
    }

    /// <summary>Forgets the bodies that nobody claimed.</summary>
    public int SweepOrphans()
    {
        var total = 0;
        foreach (var segment in _segments.Values)
        {
            var mustGo = segment.Sweep(out var swept);
            total += swept;
            if (mustGo)
            {
                Remove(segment);
            }
        }

        return total;
    }

    /// <summary>Waits for deletions under way: once the store is closed, its directory is whoever's opens it next.</summary>
    public void Dispose()
    {
        if (!_working.IsSet)
        {
            _working.Signal();
            _working.Wait(s_patience);
        }

        foreach (var segment in _segments.Values)
        {
            segment.Dispose();
        }
    }

    /// <summary>
    /// Deletes a file without making the caller wait for it. The directory is not flushed: should the deletion be lost with the
    /// power, the bodies come back as orphans and are swept. So are those whose last body goes after the store was closed.
    /// </summary>
    private void Remove(Segment segment)
    {
        _segments.TryRemove(segment.Name.Id, out _);
        if (!_working.TryAddCount())
        {
            segment.Dispose();
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static work =>
            {
                work.segment.Dispose();
                try
                {
                    work.catalog._files.Delete(work.segment.Path);
                }
                catch (IOException failure)
                {
                    work.catalog.LogDeletionFailed(failure, work.segment.Path);
                }
                finally
                {
                    work.catalog._working.Signal();
                }
            },
            (catalog: this, segment),
            preferLocal: false);
    }

    [LoggerMessage(3001, LogLevel.Warning, "Cannot delete the empty body segment {Path}; the next start sweeps it", EventName = "SegmentNotDeleted")]
    private partial void LogDeletionFailed(Exception failure, string path);
}
