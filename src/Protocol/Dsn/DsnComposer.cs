using System.Text;
using MimeKit;

namespace MtaCluster.Protocol.Dsn;

/// <summary>
/// Composes delivery status notifications (RFC 3464): multipart/report with an explanation, the machine-readable status and the header
/// section of the original (RFC 6522). The result is a whole message in ASCII with CRLF line ends, ready for a spool; the same
/// request gives the same octets. What the request holds of foreign text is bounded and cleaned: nothing in it makes this fail.
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
        var hostname = DsnText.Clean(request.Hostname, 255, asciiOnly: true);
        var queueId = DsnText.Clean(request.QueueId, 60, asciiOnly: true);
        using var explanation = TextPart("plain", DsnExplanation.Compose(request));
        explanation.ContentDescription = "Explanation";
        using var status = Part("message", "delivery-status", Encoding.ASCII.GetBytes(DsnFields.Compose(request)), isPlain: true);
        status.ContentDescription = "Delivery report";
        var header = DsnOriginalHeader.Of(request.Original).ToArray();
        var boundary = "=_" + queueId; // quoted-printable never holds "=_": what holds the boundary is encoded
        var isPlain = DsnOriginalHeader.IsPlain(header) && header.AsSpan().IndexOf(Encoding.ASCII.GetBytes(boundary)) < 0;
        using var original = Part("text", "rfc822-headers", header, isPlain);
        original.ContentDescription = "Header of the undelivered message";
        using var report = new MultipartReport("delivery-status") { explanation, status, original };
        report.Boundary = boundary;

        using var message = new MimeMessage((IEnumerable<Header>)[]) { Body = report };
        message.Headers.Add(Raw(HeaderId.From, $"Mail Delivery System <MAILER-DAEMON@{hostname}>"));
        message.Headers.Add(Raw(HeaderId.To, $"<{DsnText.Clean(request.ReversePath, 900, asciiOnly: true)}>"));
        message.Headers.Add(Raw(HeaderId.Subject, request.Kind == DsnKind.Failed
            ? "Your message could not be delivered"
            : "Your message is delayed"));
        message.Headers.Add(Raw(HeaderId.Date, DsnFields.Date(request.CreatedAt)));
        message.Headers.Add(Raw(HeaderId.MessageId, $"<{queueId}@{hostname}>"));
        message.Headers.Add("Auto-Submitted", "auto-replied");
        message.Headers.Add(Raw(HeaderId.MimeVersion, "1.0"));

        using var output = new MemoryStream(2_048 + (request.Recipients.Length * 512) + header.Length);
        message.WriteTo(s_format, output);
        return output.ToArray();
    }

    /// <summary>A header field whose value is written as it is: MimeKit would parse an address, and addresses can be stranger than it takes.</summary>
    private static Header Raw(HeaderId id, string value)
    {
        var header = new Header(id, string.Empty);
        header.SetRawValue(Encoding.ASCII.GetBytes($" {value}\r\n"));
        return header;
    }

    private static MimePart TextPart(string subtype, string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var isPlain = Ascii.IsValid(octets);
        var part = Part("text", subtype, octets, isPlain);
        part.ContentType.Charset = isPlain ? "us-ascii" : "utf-8";
        return part;
    }

    private static MimePart Part(string type, string subtype, byte[] content, bool isPlain) => new(type, subtype)
    {
        Content = new MimeContent(new MemoryStream(content)),
        ContentTransferEncoding = isPlain ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable,
    };

    private static FormatOptions CreateFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        return format;
    }
}
