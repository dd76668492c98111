using System.Globalization;
using System.Text;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Node.Admin;

/// <summary>What a sender asked for, in the words of the parameters of MAIL and RCPT; null for nothing. Times are shown as times.</summary>
internal static class AskedFor
{
    public static string? Describe(MailOptions options)
    {
        var text = new StringBuilder();
        Append(text, options.Body switch { MailBodyType.BinaryMime => "BODY=BINARYMIME", MailBodyType.EightBitMime => "BODY=8BITMIME", _ => null });
        Append(text, options.SmtpUtf8 ? "SMTPUTF8" : null);
        Append(text, options.RequireTls ? "REQUIRETLS" : null);
        Append(text, options.Return switch { DsnReturn.Full => "RET=FULL", DsnReturn.Headers => "RET=HDRS", _ => null });
        Append(text, options.EnvelopeId is { } id ? "ENVID=" + id : null);
        Append(text, options.DeliverBy is { } by
            ? string.Create(CultureInfo.InvariantCulture, $"BY={by.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ};{(by.Mode == DeliverByMode.Return ? "R" : "N")}{(by.Trace ? "T" : "")}")
            : null);
        Append(text, options.HoldUntil is { } time ? string.Create(CultureInfo.InvariantCulture, $"HOLDUNTIL={time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}") : null);
        Append(text, options.Priority != 0 ? string.Create(CultureInfo.InvariantCulture, $"MT-PRIORITY={options.Priority}") : null);
        return text.Length == 0 ? null : text.ToString();
    }

    public static string? Describe(RecipientOptions options)
    {
        var text = new StringBuilder();
        Append(text, options.Notify == DsnNotify.Unspecified
            ? null
            : "NOTIFY=" + options.Notify.ToString().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal));
        Append(text, options.OriginalRecipient is { } original ? "ORCPT=" + original : null);
        return text.Length == 0 ? null : text.ToString();
    }

    private static void Append(StringBuilder text, string? parameter)
    {
        if (parameter is not null)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(parameter);
        }
    }
}
