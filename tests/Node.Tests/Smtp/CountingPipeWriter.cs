using System.IO.Pipelines;

namespace MtaCluster.Node.Tests.Smtp;

/// <summary>Counts the flushes that carried something.</summary>
internal sealed class CountingPipeWriter(PipeWriter inner) : PipeWriter
{
    internal int Flushes { get; private set; }

    /// <summary>Called when a flush has to wait for the reader.</summary>
    internal Action OnPause { get; set; } = static () => { };

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (inner.UnflushedBytes > 0)
        {
            Flushes++;
        }

        var flush = inner.FlushAsync(cancellationToken);
        if (!flush.IsCompleted)
        {
            OnPause();
        }

        return flush;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
}
