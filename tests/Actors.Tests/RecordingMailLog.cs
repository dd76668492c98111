using System.Collections.Concurrent;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Dsn;

namespace MtaCluster.Actors.Tests;

/// <summary>A mail log that a spec can read.</summary>
internal sealed class RecordingMailLog : IMailLog
{
    public ConcurrentQueue<DeliveryAttempt> Attempts { get; } = new();

    public ConcurrentQueue<(QueueId Original, DsnKind Kind)> Reports { get; } = new();

    public ConcurrentQueue<(QueueId Original, SuppressionReason Reason)> Suppressed { get; } = new();

    public void Attempted(in DeliveryAttempt attempt) => Attempts.Enqueue(attempt);

    public void Reported(QueueId original, QueueId report, string recipient, int recipients, DsnKind kind)
        => Reports.Enqueue((original, kind));

    public void ReportSuppressed(QueueId original, int recipients, SuppressionReason reason) => Suppressed.Enqueue((original, reason));
}
