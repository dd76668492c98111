using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>The commands of the client as octets on the wire (RFC 5321 §4.1.1).</summary>
internal static class SmtpCommandWriter
{
    private const int LongestInteger = 20;

    private static readonly SearchValues<char> s_unsendable = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f");

    /// <summary>Whether <paramref name="text"/> stays within its command line: no control characters, which could begin another command.</summary>
    public static bool IsSendable(string text) => !text.AsSpan().ContainsAny(s_unsendable);

    public static void Hello(IBufferWriter<byte> output, ReadOnlySpan<byte> verb, string hostname)
    {
        output.Write(verb);
        Text(output, hostname);
        output.Write("\r\n"u8);
    }

    public static void Mail(IBufferWriter<byte> output, in SmtpEnvelope envelope, in SmtpCapabilities capabilities, bool useUtf8)
    {
        output.Write("MAIL FROM:<"u8);
        Text(output, envelope.ReversePath);
        output.Write(">"u8);
        if (capabilities.Has(SmtpExtensions.Size))
        {
            output.Write(" SIZE="u8);
            Number(output, envelope.Size);
        }

        if (envelope.IsBinary)
        {
            output.Write(" BODY=BINARYMIME"u8);
        }
        else if (envelope.EightBit && capabilities.Has(SmtpExtensions.EightBitMime))
        {
            output.Write(" BODY=8BITMIME"u8);
        }

        if (useUtf8)
        {
            output.Write(" SMTPUTF8"u8);
        }

        if (envelope.Requests is { } requests)
        {
            SmtpParameterWriter.Mail(output, requests, capabilities);
        }

        output.Write("\r\n"u8);
    }

    public static void Recipient(
        IBufferWriter<byte> output, string forwardPath, RecipientOptions? options, in SmtpCapabilities capabilities, bool useUtf8)
    {
        output.Write("RCPT TO:<"u8);
        Text(output, forwardPath);
        output.Write(">"u8);
        if (options is not null && capabilities.Has(SmtpExtensions.Dsn))
        {
            SmtpParameterWriter.Recipient(output, options, useUtf8);
        }

        output.Write("\r\n"u8);
    }

    /// <summary>The only chunk, and the last (RFC 3030 §2): its octets follow.</summary>
    public static void Chunk(IBufferWriter<byte> output, long size)
    {
        output.Write("BDAT "u8);
        Number(output, size);
        output.Write(" LAST\r\n"u8);
    }

    public static void Number(IBufferWriter<byte> output, long number)
    {
        var digits = output.GetSpan(LongestInteger);
        _ = Utf8Formatter.TryFormat(number, digits, out var written);
        output.Advance(written);
    }

    public static void Text(IBufferWriter<byte> output, string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
