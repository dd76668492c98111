using System.Buffers;
using System.Runtime.CompilerServices;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>
/// Gathers a body in memory, and hands it to the group commit; one that grows big goes to a segment of its own meanwhile.
/// </summary>
internal sealed class EmbeddedBodyWriter : IBodyWriter
{
    /// <summary>Octets that gather before a body counts as big, and that are written at once from then on.</summary>
    public const int MaximumGathered = 128 * 1024;

    private const int FirstArray = 16 * 1024;
    private readonly SegmentCatalog _catalog;
    private readonly GroupCommitter _committer;
    private readonly IFileOperations _files;
    private byte[]? _array;
    private int _gathered;
    private SingleBody? _single;
    private bool _isEnded;

    /// <summary>Begins a body, without any memory yet.</summary>
    public EmbeddedBodyWriter(SegmentCatalog catalog, GroupCommitter committer, IFileOperations files)
    {
        _catalog = catalog;
        _committer = committer;
        _files = files;
    }

    /// <inheritdoc/>
    public long Length => (_single?.Length ?? 0) + _gathered;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfEnded();
        var end = PendingBody.ContentStart + _gathered;
        var needed = end + content.Length + RecordHeader.Alignment;
        if (_array is null || _array.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstArray, needed));
            if (_array is not null)
            {
                _array.AsSpan(PendingBody.ContentStart, _gathered).CopyTo(larger.AsSpan(PendingBody.ContentStart));
                ArrayPool<byte>.Shared.Return(_array);
            }

            _array = larger;
        }

        content.CopyTo(_array.AsSpan(end));
        _gathered += content.Length;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return _gathered <= MaximumGathered ? ValueTask.CompletedTask : new ValueTask(MoveAsync(cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>Once the body is on its way to disk, cancellation comes too late and is not looked at.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, PendingBody.MaximumPrefix);
        cancellationToken.ThrowIfCancellationRequested();
        if (_single is null && _gathered <= MaximumGathered)
        {
            return await CompletePendingAsync(prefix).ConfigureAwait(false);
        }

        await MoveAsync(cancellationToken).ConfigureAwait(false);
        _isEnded = true;
        return await Task.Run(() => _single!.Complete(prefix.Span), CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isEnded = true;
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        _single?.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<BodyRef> CompletePendingAsync(ReadOnlyMemory<byte> prefix)
    {
        _isEnded = true;
        var array = Interlocked.Exchange(ref _array, null) ?? ArrayPool<byte>.Shared.Rent(FirstArray);
        var pending = new PendingBody(array, _gathered, prefix.Span);
        _committer.Enqueue(pending);
        return pending.Completion;
    }

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        // Files are written by blocking calls, and not on the thread of the connection.
        await Task.Run(
            () =>
            {
                _single ??= new SingleBody(_catalog, _files);
                if (_gathered > 0)
                {
                    _single.Append(_array.AsMemory(PendingBody.ContentStart, _gathered));
                    _gathered = 0;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfEnded()
    {
        if (_isEnded)
        {
            throw new InvalidOperationException("The body has ended");
        }
    }
}
