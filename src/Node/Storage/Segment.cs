using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Node.Storage;

/// <summary>
/// One segment file and the positions of the bodies in it that are still wanted. Once it is sealed and none is, it is to be
/// removed: the call that brings this about returns true, once. Safe for any number of threads.
/// </summary>
internal sealed class Segment : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _wanted = [];
    private readonly IFileOperations _files;
    private HashSet<long>? _unclaimed;
    private SafeFileHandle? _handle;
    private int _readers;
    private bool _isSealed;
    private bool _isRemoved;

    /// <summary>A new segment, open for appending.</summary>
    public Segment(SegmentName name, string path, IFileOperations files, SafeFileHandle? handle)
    {
        Name = name;
        Path = path;
        _files = files;
        _handle = handle;
    }

    /// <summary>A segment from before the start: sealed, its bodies not yet claimed by anyone.</summary>
    public Segment(SegmentName name, string path, IFileOperations files, HashSet<long> unclaimed)
        : this(name, path, files, handle: null)
    {
        _unclaimed = unclaimed;
        _isSealed = true;
    }

    /// <summary>The identity.</summary>
    public SegmentName Name { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bodies not yet released.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _wanted.Count + (_unclaimed?.Count ?? 0);
            }
        }
    }

    /// <summary>Counts new bodies.</summary>
    public void Add(ReadOnlySpan<long> positions)
    {
        lock (_lock)
        {
            foreach (var position in positions)
            {
                _wanted.Add(position);
            }
        }
    }

    /// <summary>Claims a body from before the start.</summary>
    public void Retain(long position)
    {
        lock (_lock)
        {
            if (_unclaimed?.Remove(position) == true)
            {
                _wanted.Add(position);
            }
        }
    }

    /// <summary>Forgets a body. True: remove the segment.</summary>
    public bool Release(long position)
    {
        lock (_lock)
        {
            if (!_wanted.Remove(position))
            {
                _unclaimed?.Remove(position);
            }

            return MustGo();
        }
    }

    /// <summary>Forgets the bodies that nobody claimed. True: remove the segment.</summary>
    public bool Sweep(out int swept)
    {
        lock (_lock)
        {
            swept = _unclaimed?.Count ?? 0;
            _unclaimed = null;
            return MustGo();
        }
    }

    /// <summary>Ends appending. True: remove the segment.</summary>
    public bool Seal()
    {
        lock (_lock)
        {
            _isSealed = true;
            CloseIfIdle();
            return MustGo();
        }
    }

    /// <summary>
    /// Holds the file open for a reader of one body; null when the body is not wanted any more. <see cref="Leave"/> ends it.
    /// </summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public SafeFileHandle? TryEnter(long position)
    {
        lock (_lock)
        {
            if (_isRemoved || !(_wanted.Contains(position) || _unclaimed?.Contains(position) == true))
            {
                return null;
            }

            _handle ??= _files.Open(Path);
            _readers++;
            return _handle;
        }
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _readers--;

            CloseIfIdle();
        }
    }

    /// <summary>Closes the file, at once or after its last reader.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isRemoved = true;
            _isSealed = true;
            CloseIfIdle();
        }
    }

    private void CloseIfIdle()
    {
        // The files of big bodies are too many to keep open.
        if (_readers == 0 && _isSealed && (_isRemoved || Name.Kind == SegmentKind.Single))
        {
            _handle?.Dispose();
            _handle = null;
        }
    }

    private bool MustGo()
    {
        if (_isRemoved || !_isSealed || _wanted.Count > 0 || _unclaimed is { Count: > 0 })
        {
            return false;
        }

        _isRemoved = true;
        return true;
    }
}
