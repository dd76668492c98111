using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MtaCluster.Protocol.Smtp;

/// <summary>
/// <code>
/// xtext   = *( xchar / hexchar )
/// xchar   = %d33-42 / %d44-60 / %d62-126          hexchar = "+" 2(%x30-39 / %x41-46)
/// </code>
/// RFC 3461 §4.
/// </summary>
public static class XText
{
    /// <summary>Decodes <paramref name="text"/>. False if it is no xtext.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        var decoded = new byte[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet is < 33 or > 126 or (byte)'=')
            {
                return false;
            }

            if (octet == (byte)'+')
            {
                // Lower case is no hexchar, but is met with.
                if (i + 2 >= text.Length || !byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octet))
                {
                    return false;
                }

                i += 2;
            }

            decoded[count++] = octet;
        }

        octets = decoded[..count];
        return true;
    }

    /// <summary>Decodes what may stand in a header field and in a log: printable ASCII, of 1 to <paramref name="maximum"/> characters of xtext.</summary>
    public static bool TryDecodePrintable(ReadOnlySpan<byte> text, int maximum, [NotNullWhen(true)] out string? printable)
    {
        printable = null;
        if (text.IsEmpty || text.Length > maximum || !TryDecode(text, out var octets) || octets.AsSpan().ContainsAnyExceptInRange((byte)32, (byte)126))
        {
            return false;
        }

        printable = Encoding.ASCII.GetString(octets);
        return true;
    }

    /// <summary>Encodes octets.</summary>
    public static string Encode(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        foreach (var octet in octets)
        {
            if (octet is >= 33 and <= 126 and not (byte)'+' and not (byte)'=')
            {
                text.Append((char)octet);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"+{octet:X2}");
            }
        }

        return text.ToString();
    }
}
