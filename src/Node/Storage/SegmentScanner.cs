using Microsoft.Win32.SafeHandles;

namespace MtaCluster.Node.Storage;

/// <summary>Finds the bodies in a segment file from before the start, by their headers alone.</summary>
internal static class SegmentScanner
{
    private const int SearchBuffer = 256 * 1024;

    /// <summary>The positions of all whole records, and how many octets belong to none: a torn tail, or damage.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static (HashSet<long> Positions, long Lost) Scan(SegmentName name, string path, IFileOperations files)
    {
        using var file = files.Open(path);
        var length = RandomAccess.GetLength(file);
        return name.Kind == SegmentKind.Single ? ScanSingle(name, file, length, files) : ScanPack(name, file, length, files);
    }

    private static (HashSet<long> Positions, long Lost) ScanSingle(
        SegmentName name, SafeFileHandle file, long length, IFileOperations files)
    {
        Span<byte> octets = stackalloc byte[RecordHeader.Size];
        var read = files.Read(file, octets, 0);
        var isWhole = RecordHeader.TryRead(octets[..read], name.Id, name.Salt, 0, out var header)
            && header.ContentLength + SegmentName.SingleHead <= length;
        return isWhole ? ([0], 0) : ([], length);
    }

    private static (HashSet<long> Positions, long Lost) ScanPack(
        SegmentName name, SafeFileHandle file, long length, IFileOperations files)
    {
        var positions = new HashSet<long>();
        Span<byte> octets = stackalloc byte[RecordHeader.Size];
        long position = 0;
        long lost = 0;
        while (position + RecordHeader.Size <= length)
        {
            var read = files.Read(file, octets, position);
            if (RecordHeader.TryRead(octets[..read], name.Id, name.Salt, position, out var header))
            {
                // A header whose body is not all there is a torn tail, and nothing comes after it.
                if (position + RecordHeader.Size + header.Length > length)
                {
                    break;
                }

                positions.Add(position);
                position += header.Stride;
                continue;
            }

            var next = FindNext(name, file, position + RecordHeader.Alignment, length, files);
            lost += next - position;
            position = next;
        }

        return (positions, lost + Math.Max(0, length - position));
    }

    /// <summary>
    /// The next valid header at or behind <paramref name="position"/>, or the end of the file: damage to one header costs one
    /// body.
    /// </summary>
    private static long FindNext(SegmentName name, SafeFileHandle file, long position, long length, IFileOperations files)
    {
        var buffer = new byte[SearchBuffer];
        Span<byte> octets = stackalloc byte[RecordHeader.Size];
        while (position + RecordHeader.Size <= length)
        {
            var read = files.Read(file, buffer, position);
            var window = buffer.AsSpan(0, read);
            for (var at = window.IndexOf(RecordHeader.MagicOctets); at >= 0;)
            {
                var candidate = position + at;
                if (candidate % RecordHeader.Alignment == 0
                    && RecordHeader.TryRead(octets[..files.Read(file, octets, candidate)], name.Id, name.Salt, candidate, out _))
                {
                    return candidate;
                }

                var further = window[(at + 1)..].IndexOf(RecordHeader.MagicOctets);
                at = further < 0 ? -1 : at + 1 + further;
            }

            if (read < SearchBuffer)
            {
                break;
            }

            // The magic octets are aligned, so none can lie across the edge of a window that is a multiple of the alignment.
            position += read;
        }

        return length;
    }
}
