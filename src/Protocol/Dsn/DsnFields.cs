using System.Globalization;
using System.Text;
using MimeKit.Utils;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The part of a notification that programs read: message/delivery-status (RFC 3464 §2).</summary>
internal static class DsnFields
{
    /// <summary>Characters of an address that are reported; RFC 5321 §4.5.3.1.3 allows 256.</summary>
    private const int MaximumAddress = 1_000;

    public static string Compose(DsnRequest request)
    {
        var fields = new StringBuilder(256 + (request.Recipients.Length * 256));
        Append(fields, "Reporting-MTA", "dns; " + request.Hostname);
        Append(fields, "X-MtaCluster-Queue-ID", request.OriginalQueueId);
        Append(fields, "Arrival-Date", Date(request.ArrivedAt));
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
        Append(fields, "Final-Recipient", AddressField(recipient.Address));
        Append(fields, "Action", request.Kind == DsnKind.Failed ? "failed" : "delayed");
        Append(fields, "Status", DsnStatus.Of(recipient.Reply).ToString());
        if (recipient.RemoteMta is { Length: > 0 } host)
        {
            Append(fields, "Remote-MTA", "dns; " + host);
        }

        Append(fields, "Diagnostic-Code", "smtp; " + DsnText.OneLine(recipient.Reply));
        Append(fields, "Last-Attempt-Date", Date(recipient.LastAttemptAt));
        if (request is { Kind: DsnKind.Delayed, WillRetryUntil: { } until })
        {
            Append(fields, "Will-Retry-Until", Date(until));
        }
    }

    /// <summary>The address with its type; what is not ASCII as utf-8-addr-xtext (RFC 6533 §3), which any program can carry.</summary>
    private static string AddressField(string address)
    {
        if (Ascii.IsValid(address))
        {
            return "rfc822; " + address;
        }

        var encoded = new StringBuilder("utf-8; ");
        foreach (var rune in address.EnumerateRunes())
        {
            _ = rune.IsAscii && rune.Value is not ('\\' or '+' or '=')
                ? encoded.Append((char)rune.Value)
                : encoded.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }

        return encoded.ToString();
    }

    private static void Append(StringBuilder fields, string name, string value)
    {
        fields.Append(name).Append(": ");
        DsnText.AppendFolded(fields, DsnText.Clean(value, MaximumAddress + 64, asciiOnly: true), name.Length + 2, " ");
        fields.Append("\r\n");
    }
}
