using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// Base64 as AUTH has it (RFC 4954 §4, RFC 4648 §4), strictly: no white space, no line ends, padded, and the one way to write those octets (§3.5).
/// </summary>
public static class SaslBase64
{
    /// <summary>The most characters of a line, with its CRLF (RFC 4954 §4).</summary>
    public const int MaximumLine = 12_288;

    /// <summary>Decodes a response; false if it is not base64, or too long. An empty text is an empty response.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        if (text.Length > MaximumLine || text.Length % 4 != 0)
        {
            return false;
        }

        var decoded = new byte[text.Length / 4 * 3];
        if (Base64.DecodeFromUtf8(text, decoded, out var consumed, out var written) != OperationStatus.Done || consumed != text.Length)
        {
            return false;
        }

        // The decoder overlooks white space, and bits that the padding cuts off: written again, neither is the same.
        Array.Resize(ref decoded, written);
        if (!Encode(decoded).AsSpan().SequenceEqual(text))
        {
            return false;
        }

        octets = decoded;
        return true;
    }

    /// <summary>Encodes a challenge.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> octets)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(octets.Length)];
        Base64.EncodeToUtf8(octets, text, out _, out _);
        return text;
    }
}
