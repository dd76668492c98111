using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// A binary COPY of message bodies into the table of a bucket; one statement, so one commit. A body is rows of equal parts, as many as
/// are needed for each to fit into half a page; the last one also has the length and the checksum of the whole.
/// </summary>
/// <remarks>
/// The rows are written in the COPY format by hand: the driver's own importer took two and a half times the CPU time (docs/adr/0009).
/// </remarks>
internal sealed class BodyCopy : IAsyncDisposable
{
    /// <summary>Octets of a part: two rows fit into a page of PostgreSQL.</summary>
    public const int MaximumPart = 4000;

    private const int BufferSize = 64 * 1024;
    private const int LongestFields = 32;
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];
    private readonly NpgsqlRawCopyStream _stream;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly XxHash3 _hash = new();
    private int _filled;
    private long _position;
    private long _length;
    private long _left;
    private int _part;
    private int _partSize;
    private int _partLeft;
    private bool _isEnded;

    private BodyCopy(NpgsqlRawCopyStream stream) => _stream = stream;

    /// <summary>Begins the statement.</summary>
    /// <exception cref="PostgresException">The table is not there, or the server refuses it.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached.</exception>
    public static async Task<BodyCopy> BeginAsync(NpgsqlConnection connection, long bucket, int timeoutMilliseconds, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY {BodyBuckets.TableOf(bucket)} (id, part, content, length, checksum) FROM STDIN (FORMAT BINARY)", cancellationToken).ConfigureAwait(false);
        stream.ReadTimeout = timeoutMilliseconds;
        stream.WriteTimeout = timeoutMilliseconds;
        var copy = new BodyCopy(stream);
        s_header.CopyTo(copy._buffer, 0);
        copy._filled = s_header.Length;
        return copy;
    }

    /// <summary>Begins a body of so many octets; all of them must be appended before the next one.</summary>
    public void BeginBody(long position, long length)
    {
        _position = position;
        _length = length;
        _left = length;
        _part = 0;
        _partLeft = 0;
        var parts = Math.Max(1, (length + MaximumPart - 1) / MaximumPart);
        _partSize = (int)((length + parts - 1) / parts);
        _hash.Reset();
    }

    /// <summary>Writes on.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        _hash.Append(content.Span);
        while (!content.IsEmpty || _length == 0)
        {
            if (_partLeft == 0)
            {
                await BeginPartAsync(cancellationToken).ConfigureAwait(false);
            }

            var piece = content[..Math.Min(content.Length, _partLeft)];
            await PutAsync(piece, cancellationToken).ConfigureAwait(false);
            content = content[piece.Length..];
            _partLeft -= piece.Length;
            _left -= piece.Length;
            if (_partLeft == 0)
            {
                await EndPartAsync(cancellationToken).ConfigureAwait(false);
            }

            if (_length == 0)
            {
                return;
            }
        }
    }

    /// <summary>Ends the statement. When this completes, its bodies are on stable storage.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await ReserveAsync(cancellationToken).ConfigureAwait(false);
        PutShort(-1);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        _isEnded = true;
        await _stream.DisposeAsync().ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <summary>Without <see cref="CompleteAsync"/> nothing is kept. The buffer does not go back to the pool then: a write may still be under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            try
            {
                await _stream.CancelAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
            {
                // What broke the statement has broken its end too.
            }
        }
    }

    private async ValueTask BeginPartAsync(CancellationToken cancellationToken)
    {
        await ReserveAsync(cancellationToken).ConfigureAwait(false);
        _partLeft = (int)Math.Min(_partSize, _left);
        PutShort(5);
        PutInt(sizeof(long));
        PutLong(_position);
        PutInt(sizeof(int));
        PutInt(_part++);
        PutInt(_partLeft);
    }

    private async ValueTask EndPartAsync(CancellationToken cancellationToken)
    {
        await ReserveAsync(cancellationToken).ConfigureAwait(false);
        if (_left > 0)
        {
            PutInt(-1);
            PutInt(-1);
            return;
        }

        PutInt(sizeof(long));
        PutLong(_length);
        PutInt(sizeof(long));
        PutLong((long)_hash.GetCurrentHashAsUInt64());
    }

    private async ValueTask PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        while (!content.IsEmpty)
        {
            if (_filled == BufferSize)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            var piece = content[..Math.Min(content.Length, BufferSize - _filled)];
            piece.CopyTo(_buffer.AsMemory(_filled));
            _filled += piece.Length;
            content = content[piece.Length..];
        }
    }

    private ValueTask ReserveAsync(CancellationToken cancellationToken) =>
        _filled + LongestFields > BufferSize ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_buffer.AsMemory(0, _filled), cancellationToken).ConfigureAwait(false);
        _filled = 0;
    }

    private void PutShort(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_filled), value);
        _filled += sizeof(short);
    }

    private void PutInt(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_filled), value);
        _filled += sizeof(int);
    }

    private void PutLong(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(_filled), value);
        _filled += sizeof(long);
    }
}
