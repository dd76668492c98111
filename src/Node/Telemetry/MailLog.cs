using MtaCluster.Actors;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Dsn;

namespace MtaCluster.Node.Telemetry;

/// <summary>The mail log, on standard output. docs/logs.md lists the events and their keys.</summary>
internal sealed class MailLog(LogSink sink) : IMailLog
{
    private const string Category = "Mail";

    public void Attempted(in DeliveryAttempt attempt)
    {
        var name = attempt.Kind switch
        {
            OutcomeKind.Delivered => "Delivered",
            OutcomeKind.Deferred => "Deferred",
            _ => "Bounced",
        };
        var record = sink.Begin(attempt.Kind == OutcomeKind.Bounced ? LogLevel.Warning : LogLevel.Information, Category, name);
        record.Add("queueId", attempt.Id.ToString());
        record.Add("connectionId", attempt.ConnectionId);
        record.Add("reversePath", attempt.ReversePath);
        record.Add("recipient", attempt.Recipient);
        record.Add("destination", attempt.Destination);
        record.Add("nextHop", attempt.NextHop);
        record.Add("tls", attempt.Tls);
        record.Add("reply", attempt.Reply.ToString());
        record.Add("attempt", attempt.Attempt);
        if (attempt.NextAttempt is { } next)
        {
            record.AddObject("nextAttempt", next);
        }

        record.Add("queueDelay", attempt.Delays.Queue.TotalSeconds);
        record.Add("connectDelay", attempt.Delays.Connect.TotalSeconds);
        record.Add("transmissionDelay", attempt.Delays.Transmission.TotalSeconds);
        sink.Commit(record);
    }

    public void Reported(QueueId original, QueueId report, string recipient, int recipients, DsnKind kind)
    {
        var name = kind switch
        {
            DsnKind.Failed => "BounceReported",
            DsnKind.Delayed => "DelayReported",
            DsnKind.Relayed => "RelayReported",
            _ => "DeliveryReported",
        };
        var record = sink.Begin(LogLevel.Information, Category, name);
        record.Add("queueId", original.ToString());
        record.Add("reportQueueId", report.ToString());
        record.Add("recipient", recipient);
        record.Add("recipients", recipients);
        sink.Commit(record);
    }

    public void ReportSuppressed(QueueId original, int recipients, SuppressionReason reason)
    {
        var record = sink.Begin(LogLevel.Warning, Category, "ReportSuppressed");
        record.Add("queueId", original.ToString());
        record.Add("recipients", recipients);
        record.Add("reason", reason == SuppressionReason.NullReversePath ? "the message has the null reverse-path" : "its sender wants no such report");
        sink.Commit(record);
    }
}
