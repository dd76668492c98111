using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Telemetry;

/// <summary>Totals of this node since its start. Thread-safe.</summary>
public sealed class MailCounters
{
    private long _accepted;
    private long _delivered;
    private long _deferred;
    private long _bounced;

    /// <summary>Messages that became durable here, DSNs included.</summary>
    public long AcceptedMessages => Interlocked.Read(ref _accepted);

    /// <summary>Recipients delivered.</summary>
    public long DeliveredRecipients => Interlocked.Read(ref _delivered);

    /// <summary>Attempts that ended in a deferral, per recipient.</summary>
    public long DeferredAttempts => Interlocked.Read(ref _deferred);

    /// <summary>Recipients bounced.</summary>
    public long BouncedRecipients => Interlocked.Read(ref _bounced);

    internal void Accepted() => Interlocked.Increment(ref _accepted);

    internal void Attempted(OutcomeKind kind)
    {
        switch (kind)
        {
            case OutcomeKind.Delivered:
                Interlocked.Increment(ref _delivered);
                break;
            case OutcomeKind.Deferred:
                Interlocked.Increment(ref _deferred);
                break;
            case OutcomeKind.Bounced:
                Interlocked.Increment(ref _bounced);
                break;
        }
    }
}
