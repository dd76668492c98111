using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>Reads a body from memory, in one chunk.</summary>
internal sealed class CachedBodyReader : BodyReader
{
    private BodyBuffer? _buffer;
    private bool _isRead;

    /// <summary>Takes over a reference to the memory.</summary>
    public CachedBodyReader(BodyBuffer buffer)
    {
        _buffer = buffer;
        Length = buffer.Content.Length;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        var chunk = _isRead ? default : _buffer.Content;
        _isRead = true;
        return ValueTask.FromResult(chunk);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _buffer, null)?.Release();
        return ValueTask.CompletedTask;
    }
}
