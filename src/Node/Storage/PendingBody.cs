using System.Buffers;
using System.IO.Hashing;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>A small body on its way to disk: header, prefix and content in one piece of pooled memory.</summary>
internal sealed class PendingBody
{
    /// <summary>The longest prefix that a body can be given.</summary>
    public const int MaximumPrefix = 3072;

    /// <summary>Where the content begins in the memory, so that header and prefix fit before it.</summary>
    public const int ContentStart = RecordHeader.Size + MaximumPrefix;

    private readonly byte[] _array;
    private readonly int _start;
    private readonly RecordHeader _header;
    private readonly TaskCompletionSource<BodyRef> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes over the array, whose content begins at <see cref="ContentStart"/> and has room for an alignment behind it.</summary>
    public PendingBody(byte[] array, int contentLength, ReadOnlySpan<byte> prefix)
    {
        _array = array;
        _start = ContentStart - prefix.Length - RecordHeader.Size;
        prefix.CopyTo(array.AsSpan(ContentStart - prefix.Length));
        var content = array.AsSpan(ContentStart, contentLength);
        _header = new RecordHeader(prefix.Length, contentLength, RecordHeader.Combine(prefix, XxHash3.HashToUInt64(content)));
        array.AsSpan(ContentStart + contentLength, (int)(_header.Stride - RecordHeader.Size - _header.Length)).Clear();
    }

    /// <summary>Completes when the body is durable, or fails with an <see cref="IOException"/>; never on the writer's thread.</summary>
    public Task<BodyRef> Completion => _completion.Task;

    /// <summary>Octets on disk.</summary>
    public long Stride => _header.Stride;

    /// <summary>The record, ready for its place.</summary>
    public ReadOnlyMemory<byte> RecordFor(SegmentName segment, long position)
    {
        _header.Write(_array.AsSpan(_start), segment.Id, segment.Salt, position);
        return _array.AsMemory(_start, (int)_header.Stride);
    }

    /// <summary>The reference, once it has its place.</summary>
    public BodyRef RefFor(SegmentName segment, long position) => new(segment.Id, position, _header.Length);

    /// <summary>The body is durable: its memory goes to the cache and its caller goes on.</summary>
    public void Succeed(BodyRef body, BodyCache cache)
    {
        cache.Add(body, new BodyBuffer(_array, _start + RecordHeader.Size, (int)_header.Length));
        _completion.SetResult(body);
    }

    /// <summary>The body is not kept.</summary>
    public void Fail(Exception failure)
    {
        ArrayPool<byte>.Shared.Return(_array);
        _completion.SetException(new IOException(failure.Message, failure));
    }
}
