using System.Collections.Concurrent;
using MtaCluster.Actors.Telemetry;

namespace MtaCluster.Actors.Tests;

/// <summary>A mail log that a spec can read.</summary>
internal sealed class RecordingMailLog : IMailLog
{
    public ConcurrentQueue<DeliveryAttempt> Attempts { get; } = new();

    public ConcurrentQueue<(QueueId Original, bool IsDelayWarning)> Reports { get; } = new();

    public ConcurrentQueue<QueueId> Suppressed { get; } = new();

    public void Attempted(in DeliveryAttempt attempt) => Attempts.Enqueue(attempt);

    public void Reported(QueueId original, QueueId report, string recipient, int failedRecipients, bool isDelayWarning)
        => Reports.Enqueue((original, isDelayWarning));

    public void ReportSuppressed(QueueId original, int failedRecipients) => Suppressed.Enqueue(original);
}
