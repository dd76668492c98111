using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Node.Storage;

/// <summary>
/// The one writer of packs. It takes every body that waits, writes them all with as few calls as possible, flushes once, and only
/// then lets their callers go on; what comes meanwhile is the next group. It has a thread of its own, as it is always
/// either waiting for the disk or for work.
/// </summary>
/// <remarks>
/// A failed write is cut off the segment. After a failed flush the kernel may have dropped the pages it could not write and call
/// them clean, so a second flush proves nothing: the segment is sealed, its group fails, and the next group has a new segment.
/// </remarks>
internal sealed partial class GroupCommitter : IDisposable
{
    /// <summary>A group's octets, so that one flush does not take for ever.</summary>
    private const long MaximumGroupOctets = 16 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly SegmentCatalog _catalog;
    private readonly BodyCache _cache;
    private readonly IFileOperations _files;
    private readonly ILogger _logger;
    private readonly long _segmentBytes;
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private readonly List<long> _positions = [];
    private readonly Thread _thread;
    private List<PendingBody> _waiting = [];
    private List<PendingBody> _group = [];
    private bool _isClosing;
    private (Segment Segment, SafeFileHandle File)? _active;
    private long _end;

    /// <summary>Begins; the first segment is made with the first body.</summary>
    public GroupCommitter(SegmentCatalog catalog, BodyCache cache, IFileOperations files, ILogger logger, long segmentBytes)
    {
        _catalog = catalog;
        _cache = cache;
        _files = files;
        _logger = logger;
        _segmentBytes = segmentBytes;
        _thread = new Thread(Run) { IsBackground = true, Name = "body writer" };
        _thread.Start();
    }

    /// <summary>Groups committed or failed so far.</summary>
    public long Groups { get; private set; }

    /// <summary>Hands over a body.</summary>
    public void Enqueue(PendingBody body)
    {
        lock (_gate)
        {
            if (!_isClosing)
            {
                _waiting.Add(body);
                if (_waiting.Count == 1)
                {
                    Monitor.Pulse(_gate);
                }

                return;
            }
        }

        body.Fail(new IOException("The message store is closed"));
    }

    /// <summary>Commits what waits, then ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (TakeGroup())
        {
            for (var first = 0; first < _group.Count;)
            {
                first += Commit(first);
                Groups++;
            }

            _group.Clear();
        }
    }

    private bool TakeGroup()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_isClosing)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            (_waiting, _group) = (_group, _waiting);
            return true;
        }
    }

    /// <summary>
    /// Commits bodies from <paramref name="first"/> on, as many as make a group; returns how many, be it a success or not.
    /// </summary>
    private int Commit(int first)
    {
        var count = 0;
        for (long octets = 0; first + count < _group.Count && octets < MaximumGroupOctets; count++)
        {
            octets += _group[first + count].Stride;
        }

        try
        {
            Write(first, count);
        }
        catch (Exception failure)
        {
            // Whatever it was: the callers must be answered, and the thread must live on for those to come.
            LogGroupFailed(failure, count);
            for (var i = first; i < first + count; i++)
            {
                _group[i].Fail(failure);
            }

            return count;
        }

        var segment = _active!.Value.Segment;
        for (var i = 0; i < count; i++)
        {
            var body = _group[first + i];
            body.Succeed(body.RefFor(segment.Name, _positions[i]), _cache);
        }

        return count;
    }

    private void Write(int first, int count)
    {
        var (segment, file) = Active();
        _buffers.Clear();
        _positions.Clear();
        var end = _end;
        for (var i = first; i < first + count; i++)
        {
            _buffers.Add(_group[i].RecordFor(segment.Name, end));
            _positions.Add(end);
            end += _group[i].Stride;
        }

        try
        {
            _files.Write(file, _buffers, _end);
        }
        catch (Exception)
        {
            CutTail(segment, file);
            throw;
        }

        try
        {
            _files.Flush(file);
        }
        catch (Exception)
        {
            Abandon(segment);
            throw;
        }

        // Counted before anyone is told, so that an early release finds them.
        segment.Add(CollectionsMarshal.AsSpan(_positions));
        _end = end;
    }

    private (Segment Segment, SafeFileHandle File) Active()
    {
        if (_active is { } active)
        {
            if (_end < _segmentBytes)
            {
                return active;
            }

            _active = null;
            _catalog.Seal(active.Segment);
        }

        var created = _catalog.Create(SegmentKind.Pack);
        try
        {
            _catalog.FlushDirectory();
        }
        catch (Exception)
        {
            _catalog.Seal(created.Segment);
            throw;
        }

        _active = created;
        _end = 0;
        return created;
    }

    private void CutTail(Segment segment, SafeFileHandle file)
    {
        try
        {
            _files.Truncate(file, _end);
        }
        catch (Exception)
        {
            Abandon(segment);
        }
    }

    private void Abandon(Segment segment)
    {
        LogSegmentAbandoned(segment.Path);
        _active = null;
        _catalog.Seal(segment);
    }

    [LoggerMessage(3002, LogLevel.Error, "{Count} message bodies could not be made durable", EventName = "BodiesNotDurable")]
    private partial void LogGroupFailed(Exception failure, int count);

    [LoggerMessage(3003, LogLevel.Error, "The body segment {Path} takes no more bodies after a failure", EventName = "SegmentAbandoned")]
    private partial void LogSegmentAbandoned(string path);
}
