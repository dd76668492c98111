using System.Buffers;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>Reads a body from its segment and verifies it.</summary>
internal sealed class SegmentBodyReader : BodyReader
{
    /// <summary>Octets read at once, and the longest body that is verified before any of it is given out.</summary>
    public const int ChunkSize = 256 * 1024;

    private readonly Segment _segment;
    private readonly SafeFileHandle _file;
    private readonly BodyRef _body;
    private readonly RecordHeader _header;
    private readonly long _start;
    private readonly XxHash3 _contentHash = new();
    private readonly byte[] _prefix;
    private byte[]? _buffer;
    private int _prefixSeen;
    private long _position;

    private SegmentBodyReader(Segment segment, SafeFileHandle file, BodyRef body, RecordHeader header)
    {
        _segment = segment;
        _file = file;
        _body = body;
        _header = header;
        _start = segment.Name.Kind == SegmentKind.Single
            ? SegmentName.SingleHead - header.PrefixLength
            : body.Position + RecordHeader.Size;
        _prefix = new byte[header.PrefixLength];
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(header.Length, 1, ChunkSize));
    }

    /// <inheritdoc/>
    public override long Length => _header.Length;

    /// <summary>Opens a body in its segment; null stands for a segment that does not exist.</summary>
    public static async ValueTask<BodyReader> OpenAsync(Segment? segment, BodyRef body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Enter(segment, body) is not { } file || segment is null)
        {
            throw new BodyUnavailableException($"There is no body {body}");
        }

        var octets = ArrayPool<byte>.Shared.Rent(RecordHeader.Size);
        try
        {
            var memory = octets.AsMemory(0, RecordHeader.Size);
            var read = await ReadFullyAsync(file, memory, body.Position, cancellationToken).ConfigureAwait(false);
            var name = segment.Name;
            if (!RecordHeader.TryRead(memory.Span[..read], name.Id, name.Salt, body.Position, out var header)
                || header.Length != body.Length || header.PrefixLength > PendingBody.MaximumPrefix)
            {
                throw new BodyUnavailableException($"The header of the body {body} is damaged");
            }

            return new SegmentBodyReader(segment, file, body, header);
        }
        catch
        {
            segment.Leave();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        var wanted = (int)Math.Min(_header.Length - _position, Math.Min(_buffer.Length, ChunkSize));
        if (wanted == 0)
        {
            return default;
        }

        var chunk = _buffer.AsMemory(0, wanted);
        var read = await ReadFullyAsync(_file, chunk, _start + _position, cancellationToken).ConfigureAwait(false);
        if (read < wanted)
        {
            throw new BodyUnavailableException($"The body {_body} ends early");
        }

        Hash(chunk.Span);
        _position += wanted;
        if (_position == _header.Length
            && RecordHeader.Combine(_prefix, _contentHash.GetCurrentHashAsUInt64()) != _header.Checksum)
        {
            throw new BodyUnavailableException($"The body {_body} is damaged: its checksum is wrong");
        }

        return chunk;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _segment.Leave();
        }

        return ValueTask.CompletedTask;
    }

    private static SafeFileHandle? Enter(Segment? segment, BodyRef body)
    {
        try
        {
            return segment?.TryEnter(body.Position);
        }
        catch (FileNotFoundException)
        {
            // Somebody has deleted the file behind our back: no retry brings it back.
            return null;
        }
    }

    private static async ValueTask<int> ReadFullyAsync(
        SafeFileHandle file, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = await RandomAccess.ReadAsync(file, buffer[total..], offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    private void Hash(ReadOnlySpan<byte> chunk)
    {
        var ofPrefix = Math.Min(_prefix.Length - _prefixSeen, chunk.Length);
        chunk[..ofPrefix].CopyTo(_prefix.AsSpan(_prefixSeen));
        _prefixSeen += ofPrefix;
        _contentHash.Append(chunk[ofPrefix..]);
    }
}
