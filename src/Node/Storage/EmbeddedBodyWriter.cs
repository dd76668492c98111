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

    private readonly SegmentCatalog _catalog;
    private readonly GroupCommitter _committer;
    private readonly IFileOperations _files;
    private ContentBuffer _content = new(PendingBody.ContentStart, RecordHeader.Alignment);
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
    public long Length => (_single?.Length ?? 0) + _content.Length;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfEnded();
        _content.Append(content);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return _content.Length <= MaximumGathered ? ValueTask.CompletedTask : new ValueTask(MoveAsync(cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>Once the body is on its way to disk, cancellation comes too late and is not looked at.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, PendingBody.MaximumPrefix);
        cancellationToken.ThrowIfCancellationRequested();
        if (_single is null && _content.Length <= MaximumGathered)
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
        _content.Return();
        _single?.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<BodyRef> CompletePendingAsync(ReadOnlyMemory<byte> prefix)
    {
        _isEnded = true;
        var array = _content.Take();
        var pending = new PendingBody(array, _content.Length, prefix.Span);
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
                if (_content.Length > 0)
                {
                    _single.Append(_content.Content);
                    _content.Clear();
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
