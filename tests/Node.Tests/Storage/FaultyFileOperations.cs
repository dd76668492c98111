using Microsoft.Win32.SafeHandles;
using MtaCluster.Node.Storage;

namespace MtaCluster.Node.Tests.Storage;

/// <summary>The file system with a hook before each change: a hook that throws is a fault, one that waits is a slow disk.</summary>
internal sealed class FaultyFileOperations : IFileOperations
{
    private readonly FileOperations _inner = new();

    public Action? BeforeCreate { get; set; }

    public Action? BeforeWrite { get; set; }

    public Action? BeforeTruncate { get; set; }

    public Action? BeforeFlush { get; set; }

    public Action? BeforeFlushDirectory { get; set; }

    public Action<string>? AfterDelete { get; set; }

    public int Flushes { get; private set; }

    public SafeFileHandle Create(string path)
    {
        BeforeCreate?.Invoke();
        return _inner.Create(path);
    }

    public SafeFileHandle Open(string path) => _inner.Open(path);

    public void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
    {
        // A full disk takes a part and then fails.
        if (BeforeWrite is not null)
        {
            _inner.Write(file, [buffers[0][..(buffers[0].Length / 2)]], offset);
        }

        BeforeWrite?.Invoke();
        _inner.Write(file, buffers, offset);
    }

    public int Read(SafeFileHandle file, Span<byte> buffer, long offset) => _inner.Read(file, buffer, offset);

    public void Truncate(SafeFileHandle file, long length)
    {
        BeforeTruncate?.Invoke();
        _inner.Truncate(file, length);
    }

    public void Flush(SafeFileHandle file)
    {
        BeforeFlush?.Invoke();
        Flushes++;
        _inner.Flush(file);
    }

    public void FlushDirectory(string path)
    {
        BeforeFlushDirectory?.Invoke();
        _inner.FlushDirectory(path);
    }

    public void Delete(string path)
    {
        _inner.Delete(path);
        AfterDelete?.Invoke(path);
    }
}
