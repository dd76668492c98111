using System.Globalization;
using System.Text;

namespace MtaCluster.Protocol.Smtp;

/// <summary>Internationalised addresses in ASCII: utf-8-addr-xtext (RFC 6533 §3).</summary>
public static class Utf8Address
{
    private const int LongestRune = 6;

    /// <summary>In utf-8-addr-xtext.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value is >= '!' and <= '~' and not '\\' and not '+' and not '='
                ? encoded.Append((char)rune.Value)
                : encoded.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X2}}}");
        }

        return encoded.ToString();
    }

    /// <summary>Out of utf-8-addr-xtext: <c>EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"</c>. What is none stays as it is.</summary>
    public static string Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var end = rest.IndexOf('}');
            if (rest.StartsWith("\\x{", StringComparison.Ordinal) && end is > 3 and <= 3 + LongestRune
                && int.TryParse(rest[3..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                && Rune.IsValid(value))
            {
                decoded.Append(new Rune(value).ToString());
                rest = rest[(end + 1)..];
            }
            else
            {
                decoded.Append(rest[0]);
                rest = rest[1..];
            }
        }

        return decoded.ToString();
    }
}
