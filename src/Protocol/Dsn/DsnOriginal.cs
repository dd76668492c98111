using System.Text;
using MimeKit;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The part of a notification that returns the original message, or its header section (RFC 3461 §6.2, RFC 6522 §3, RFC 6533 §5).</summary>
internal static class DsnOriginal
{
    private const int LongestLine = 998;

    /// <summary>The part: a message, or a header section.</summary>
    public static MimePart Create(DsnRequest request, string boundary)
    {
        if (request.IsOriginalWhole)
        {
            return CreateWhole(request);
        }

        var header = DsnOriginalHeader.Of(request.Original).ToArray();
        var isPlain = DsnOriginalHeader.IsPlain(header) && header.AsSpan().IndexOf(Encoding.ASCII.GetBytes(boundary)) < 0;
        var part = request.IsInternational
            ? DsnPart.Create("message", "global-headers", header, isPlain ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable)
            : DsnPart.Create("text", "rfc822-headers", header, isPlain ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable);
        part.ContentDescription = "Header of your message";
        return part;
    }

    /// <summary>A boundary that no line of the original begins with, where it is returned as a whole.</summary>
    public static string Boundary(DsnRequest request, string queueId)
    {
        var boundary = "=_" + queueId; // quoted-printable never holds "=_": what holds the boundary is encoded
        while (request.IsOriginalWhole && request.Original.Span.IndexOf(Encoding.ASCII.GetBytes(boundary)) >= 0 && boundary.Length < 70)
        {
            boundary += '_';
        }

        return boundary;
    }

    private static MimePart CreateWhole(DsnRequest request)
    {
        var original = request.Original.ToArray();
        var encoding = Ascii.IsValid(original) ? ContentEncoding.SevenBit : ContentEncoding.EightBit;
        var part = DsnPart.Create("message", request.IsInternational ? "global" : "rfc822", original, encoding);
        part.ContentDescription = "Your message";
        return part;
    }

    /// <summary>Whether a message can travel within another: no line too long, no NUL, no lone CR or LF.</summary>
    public static bool IsSendable(ReadOnlySpan<byte> message)
    {
        var lineEnds = message.Count("\r\n"u8);
        if (message.Contains((byte)0) || message.Count((byte)'\r') != lineEnds || message.Count((byte)'\n') != lineEnds)
        {
            return false;
        }

        foreach (var line in message.Split("\r\n"u8))
        {
            if (line.End.Value - line.Start.Value > LongestLine)
            {
                return false;
            }
        }

        return true;
    }
}
