using System.IO.Pipelines;

namespace MtaCluster.Node.Tests.Smtp;

/// <summary>Tells when the session waits for its client: then it has set its deadline, and done all that it had to do.</summary>
internal sealed class WatchedPipeReader(PipeReader inner) : PipeReader
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waits;
    private bool _isWaiting;

    /// <summary>Completes while the session waits, for more than the first <paramref name="after"/> times; returns how many times it has by then.</summary>
    internal async Task<int> WaitingAsync(int after = 0)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isWaiting && _waits > after)
                {
                    return _waits;
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        return read.IsCompleted ? read : WaitAsync(read);
    }

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read)
    {
        Set(isWaiting: true);
        try
        {
            return await read;
        }
        finally
        {
            Set(isWaiting: false);
        }
    }

    private void Set(bool isWaiting)
    {
        lock (_lock)
        {
            _isWaiting = isWaiting;
            _waits += isWaiting ? 1 : 0;
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
