using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>
/// A big body in a segment of its own. Its content is written behind a free head; header and prefix go there at the end, so a file
/// without a header is a body that was never acknowledged. Used by one caller at a time; disposing it before
/// <see cref="Complete"/> has succeeded removes it.
/// </summary>
internal sealed class SingleBody : IDisposable
{
    private readonly SegmentCatalog _catalog;
    private readonly IFileOperations _files;
    private readonly Segment _segment;
    private readonly SafeFileHandle _file;
    private readonly XxHash3 _hash = new();
    private readonly ReadOnlyMemory<byte>[] _one = new ReadOnlyMemory<byte>[1];
    private bool _isEnded;

    /// <summary>Makes the file.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SingleBody(SegmentCatalog catalog, IFileOperations files)
    {
        _catalog = catalog;
        _files = files;
        (_segment, _file) = catalog.Create(SegmentKind.Single);
    }

    /// <summary>Octets of content so far.</summary>
    public long Length { get; private set; }

    /// <summary>Writes on.</summary>
    /// <exception cref="IOException">The store failed. The body is lost.</exception>
    public void Append(ReadOnlyMemory<byte> content)
    {
        _one[0] = content;
        _files.Write(_file, _one, SegmentName.SingleHead + Length);
        _hash.Append(content.Span);
        Length += content.Length;
    }

    /// <summary>Writes the head and makes all durable.</summary>
    /// <exception cref="IOException">The store failed. The body is lost.</exception>
    public BodyRef Complete(ReadOnlySpan<byte> prefix)
    {
        var head = new byte[SegmentName.SingleHead];
        var header = new RecordHeader(prefix.Length, Length, RecordHeader.Combine(prefix, _hash.GetCurrentHashAsUInt64()));
        header.Write(head, _segment.Name.Id, _segment.Name.Salt, position: 0);
        prefix.CopyTo(head.AsSpan(SegmentName.SingleHead - prefix.Length));
        _one[0] = head;
        _files.Write(_file, _one, 0);
        _files.Flush(_file);
        _catalog.FlushDirectory();
        _segment.Add([0]);
        _isEnded = true;
        _catalog.Seal(_segment);
        return new BodyRef(_segment.Name.Id, 0, header.Length);
    }

    /// <summary>Removes what was not completed.</summary>
    public void Dispose()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            _catalog.Seal(_segment);
        }
    }
}
