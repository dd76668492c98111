using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Node.Storage;

/// <summary>
/// What the store asks of the file system: the place where tests inject its faults. All calls block; all failures are
/// <see cref="IOException"/>s.
/// </summary>
internal interface IFileOperations
{
    /// <summary>Makes a file that must not exist yet, open for reading and writing.</summary>
    SafeFileHandle Create(string path);

    /// <summary>Opens a file for reading.</summary>
    SafeFileHandle Open(string path);

    /// <summary>Writes the buffers one after another from <paramref name="offset"/> on.</summary>
    void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset);

    /// <summary>Reads what is there, up to the length of the buffer; short only at the end of the file.</summary>
    int Read(SafeFileHandle file, Span<byte> buffer, long offset);

    /// <summary>Cuts a file.</summary>
    void Truncate(SafeFileHandle file, long length);

    /// <summary>Brings a file's content to stable storage.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Brings the names in a directory to stable storage.</summary>
    void FlushDirectory(string path);

    /// <summary>Deletes a file; one that is not there is no failure.</summary>
    void Delete(string path);
}
