using System.Text;
using MimeKit.Utils;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The part of a notification that programs read: message/delivery-status (RFC 3464 §2), or message/global-delivery-status (RFC 6533 §4).</summary>
internal static class DsnFields
{
    /// <summary>Characters of an address that are reported; RFC 5321 §4.5.3.1.3 allows 256.</summary>
    private const int MaximumAddress = 1_000;

    public static string Compose(DsnRequest request)
    {
        var fields = new StringBuilder(256 + (request.Recipients.Length * 256));
        if (request.EnvelopeId is { Length: > 0 } id)
        {
            Append(fields, "Original-Envelope-Id", id, asciiOnly: true);
        }

        Append(fields, "Reporting-MTA", "dns; " + request.Hostname, asciiOnly: true);
        Append(fields, "X-MtaCluster-Queue-ID", request.OriginalQueueId, asciiOnly: true);
        Append(fields, "Arrival-Date", Date(request.ArrivedAt), asciiOnly: true);
        foreach (var recipient in request.Recipients)
        {
            fields.Append("\r\n");
            AppendRecipient(fields, request, recipient);
        }

        return fields.ToString();
    }

    /// <summary>A date as RFC 5322 §3.3 has it.</summary>
    public static string Date(DateTimeOffset date) => DateUtils.FormatDate(date);

    private static void AppendRecipient(StringBuilder fields, DsnRequest request, DsnRecipient recipient)
    {
        var asciiOnly = !request.IsInternational;
        if (recipient.OriginalRecipient is { Length: > 0 } original)
        {
            Append(fields, "Original-Recipient", DsnAddress.OfOriginal(original, request.IsInternational), asciiOnly);
        }

        Append(fields, "Final-Recipient", DsnAddress.Of(recipient.Address, request.IsInternational), asciiOnly);
        Append(fields, "Action", ActionOf(request.Kind), asciiOnly: true);
        Append(fields, "Status", DsnStatus.Of(recipient.Reply).ToString(), asciiOnly: true);
        if (recipient.RemoteMta is { Length: > 0 } host)
        {
            Append(fields, "Remote-MTA", "dns; " + host, asciiOnly: true);
        }

        Append(fields, "Diagnostic-Code", "smtp; " + DsnText.OneLine(recipient.Reply), asciiOnly);
        Append(fields, "Last-Attempt-Date", Date(recipient.LastAttemptAt), asciiOnly: true);
        if (request is { Kind: DsnKind.Delayed, WillRetryUntil: { } until })
        {
            Append(fields, "Will-Retry-Until", Date(until), asciiOnly: true);
        }
    }

    private static string ActionOf(DsnKind kind) => kind switch
    {
        DsnKind.Failed => "failed",
        DsnKind.Delayed => "delayed",
        DsnKind.Delivered => "delivered",
        _ => "relayed",
    };

    private static void Append(StringBuilder fields, string name, string value, bool asciiOnly)
    {
        fields.Append(name).Append(": ");
        DsnText.AppendFolded(fields, DsnText.Clean(value, MaximumAddress + 64, asciiOnly), name.Length + 2, " ");
        fields.Append("\r\n");
    }
}
