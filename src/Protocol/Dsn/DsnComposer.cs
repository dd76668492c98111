using System.Text;
using MimeKit;

namespace MtaCluster.Protocol.Dsn;

/// <summary>
/// Composes delivery status notifications (RFC 3464): multipart/report with an explanation, the machine-readable status and the header
/// section of the original (RFC 6522), or all of it. The result is a whole message with CRLF line ends, ready for a spool; in ASCII, unless the
/// request is international (RFC 6533) or what it returns is not. The same request gives the same octets. What the request holds of foreign text is bounded and cleaned: nothing in it makes this fail.
/// </summary>
public static class DsnComposer
{
    /// <summary>How much of the original's beginning a notification uses at most, in octets.</summary>
    public const int MaximumOriginal = DsnOriginalHeader.Maximum;

    private static readonly FormatOptions s_format = CreateFormat();

    /// <summary>The whole message. It is to be sent with the null reverse-path.</summary>
    public static byte[] Compose(DsnRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { IsOriginalWhole = request.IsOriginalWhole && DsnOriginal.IsSendable(request.Original.Span) };
        var hostname = DsnText.Clean(request.Hostname, 255, asciiOnly: true);
        var queueId = DsnText.Clean(request.QueueId, 60, asciiOnly: true);
        var boundary = DsnOriginal.Boundary(request, queueId);
        using var explanation = DsnPart.CreateText(DsnExplanation.Compose(request));
        explanation.ContentDescription = "Explanation";
        using var status = Status(request);
        using var original = DsnOriginal.Create(request, boundary);
        using var report = new MultipartReport(request.IsInternational ? "global-delivery-status" : "delivery-status") { explanation, status, original };
        report.Boundary = boundary;
        if (status.ContentTransferEncoding == ContentEncoding.EightBit || original.ContentTransferEncoding == ContentEncoding.EightBit)
        {
            report.Headers.Add(HeaderId.ContentTransferEncoding, "8bit");
        }

        using var message = new MimeMessage((IEnumerable<Header>)[]) { Body = report };
        message.Headers.Add(Raw(HeaderId.From, $"Mail Delivery System <MAILER-DAEMON@{hostname}>"));
        message.Headers.Add(Raw(HeaderId.To, $"<{DsnText.Clean(request.ReversePath, 900, asciiOnly: !request.IsInternational)}>"));
        message.Headers.Add(Raw(HeaderId.Subject, Subject(request.Kind)));
        message.Headers.Add(Raw(HeaderId.Date, DsnFields.Date(request.CreatedAt)));
        message.Headers.Add(Raw(HeaderId.MessageId, $"<{queueId}@{hostname}>"));
        message.Headers.Add("Auto-Submitted", "auto-replied");
        message.Headers.Add(Raw(HeaderId.MimeVersion, "1.0"));

        using var output = new MemoryStream(2_048 + (request.Recipients.Length * 512) + Math.Min(request.Original.Length, MaximumOriginal));
        message.WriteTo(s_format, output);
        return output.ToArray();
    }

    private static string Subject(DsnKind kind) => kind switch
    {
        DsnKind.Failed => "Your message could not be delivered",
        DsnKind.Delayed => "Your message is delayed",
        DsnKind.Delivered => "Your message was delivered",
        _ => "Your message was relayed",
    };

    private static MimePart Status(DsnRequest request)
    {
        var fields = Encoding.UTF8.GetBytes(DsnFields.Compose(request));
        var part = request.IsInternational
            ? DsnPart.Create("message", "global-delivery-status", fields, Ascii.IsValid(fields) ? ContentEncoding.SevenBit : ContentEncoding.EightBit)
            : DsnPart.Create("message", "delivery-status", fields, ContentEncoding.SevenBit);
        part.ContentDescription = "Delivery report";
        return part;
    }

    /// <summary>A header field whose value is written as it is: MimeKit would parse an address, and addresses can be stranger than it takes.</summary>
    private static Header Raw(HeaderId id, string value)
    {
        var header = new Header(id, string.Empty);
        header.SetRawValue(Encoding.UTF8.GetBytes($" {value}\r\n"));
        return header;
    }

    private static FormatOptions CreateFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        return format;
    }
}
