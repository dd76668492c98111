using MtaCluster.Actors.Destination;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// Of what a sender is told: what NOTIFY asks for (RFC 3461 §4.1, §5.2), and what BY does (RFC 2852 §4). Pure. That nobody is told at the
/// null reverse-path is for the caller to know.
/// </summary>
internal static class ReportPolicy
{
    /// <summary>Whether a failure of the recipient is reported: unless the sender wants other reports only, or none.</summary>
    public static bool ReportsFailure(RecipientOptions options)
        => options.Notify == DsnNotify.Unspecified || options.Notify.HasFlag(DsnNotify.Failure);

    /// <summary>Whether a delay of the recipient is reported: also where the sender has named the time that it begins at.</summary>
    public static bool ReportsDelay(RecipientOptions options, MailOptions message)
        => options.Notify == DsnNotify.Unspecified
            || options.Notify.HasFlag(DsnNotify.Delay)
            || (message.DeliverBy is { Mode: DeliverByMode.Notify } && options.Notify != DsnNotify.Never);

    /// <summary>
    /// How a delivery to the next hop is reported; null for not at all. A next hop with DSN reports success by itself. What is relayed to one that
    /// knows nothing of BY is not held to the time any more, and its sender learns so, as he does of every relay that he wants traced.
    /// </summary>
    public static DsnKind? OfDelivery(RecipientOptions options, MailOptions message, HandedOn handedOn, bool isFinal)
    {
        if (options.Notify == DsnNotify.Never)
        {
            return null;
        }

        var isReportedHere = options.Notify.HasFlag(DsnNotify.Success) && !handedOn.HasFlag(HandedOn.Notifications);
        var isTraced = !isFinal && message.DeliverBy is { } by && (by.Trace || !handedOn.HasFlag(HandedOn.DeliverBy));
        return !isReportedHere && !isTraced ? null : isFinal ? DsnKind.Delivered : DsnKind.Relayed;
    }
}
