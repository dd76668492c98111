using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>A body that comes in given chunks, and may fail after them.</summary>
internal sealed class ChunkedBody(IReadOnlyList<byte[]> chunks, Exception? failure = null, long? length = null) : BodyReader
{
    private int _next;

    public override long Length => length ?? chunks.Sum(chunk => (long)chunk.Length);

    public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_next < chunks.Count)
        {
            return new ValueTask<ReadOnlyMemory<byte>>(chunks[_next++]);
        }

        return failure is null
            ? default
            : ValueTask.FromException<ReadOnlyMemory<byte>>(failure);
    }

    public override ValueTask DisposeAsync() => default;
}
