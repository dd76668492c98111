using System.Text;
using MimeKit;

namespace MtaCluster.Protocol.Dsn;

/// <summary>A part of a notification.</summary>
internal static class DsnPart
{
    /// <summary>A part with its content as it is to be decoded.</summary>
    public static MimePart Create(string type, string subtype, byte[] content, ContentEncoding encoding) => new(type, subtype)
    {
        Content = new MimeContent(new MemoryStream(content)),
        ContentTransferEncoding = encoding,
    };

    /// <summary>Text for people.</summary>
    public static MimePart CreateText(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var isPlain = Ascii.IsValid(octets);
        var part = Create("text", "plain", octets, isPlain ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable);
        part.ContentType.Charset = isPlain ? "us-ascii" : "utf-8";
        return part;
    }
}
