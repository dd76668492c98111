using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Node.Storage;

/// <summary>The file system itself.</summary>
internal sealed class FileOperations : IFileOperations
{
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExecLinux = 0x80000;

    /// <inheritdoc/>
    public SafeFileHandle Create(string path) =>
        Guard(() => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <inheritdoc/>
    public SafeFileHandle Open(string path) =>
        Guard(() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset) =>
        RandomAccess.Write(file, buffers, offset);

    /// <inheritdoc/>
    public int Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <inheritdoc/>
    public void Truncate(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    /// <inheritdoc/>
    public void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        // Windows has no such call; NTFS journals its names.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET refuses to open a directory as a file, so this one call goes to the C library.
        using var directory = OpenDescriptor(path, OperatingSystem.IsLinux() ? OpenReadOnly | OpenCloseOnExecLinux : OpenReadOnly);
        if (directory.IsInvalid)
        {
            throw new IOException($"Cannot open the directory {path}: error {Marshal.GetLastPInvokeError()}");
        }

        RandomAccess.FlushToDisk(directory);
    }

    /// <inheritdoc/>
    public void Delete(string path) => Guard(() =>
    {
        File.Delete(path);
        return true;
    });

    /// <summary>A file that may not be touched is a failure of the store like any other.</summary>
    private static T Guard<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable SYSLIB1054 // Generated interop needs unsafe code in the whole project; this is one call.
    private static extern SafeFileHandle OpenDescriptor([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
