using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>A small body on its way to the database: prefix and content in one piece of pooled memory.</summary>
internal sealed class GatheredBody
{
    private readonly byte[] _array;
    private readonly int _start;
    private readonly int _length;
    private readonly TaskCompletionSource<BodyRef> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes over the array, whose content begins at <see cref="PendingBody.MaximumPrefix"/>, so that the prefix fits before it.</summary>
    public GatheredBody(byte[] array, int contentLength, ReadOnlySpan<byte> prefix)
    {
        _array = array;
        _start = PendingBody.MaximumPrefix - prefix.Length;
        _length = prefix.Length + contentLength;
        prefix.CopyTo(array.AsSpan(_start));
    }

    /// <summary>Completes when the body is durable, or fails with an <see cref="IOException"/>.</summary>
    public Task<BodyRef> Completion => _completion.Task;

    /// <summary>The whole body.</summary>
    public ReadOnlyMemory<byte> Content => _array.AsMemory(_start, _length);

    /// <summary>The body is durable: its memory goes to the cache and its caller goes on.</summary>
    public void Succeed(BodyRef body, BodyCache cache)
    {
        cache.Add(body, new BodyBuffer(_array, _start, _length));
        _completion.SetResult(body);
    }

    /// <summary>The body is not kept. Its memory does not go back to the pool: a statement that was given up may still be reading it.</summary>
    public void Fail(Exception failure) => _completion.SetException(new IOException(failure.Message, failure));
}
