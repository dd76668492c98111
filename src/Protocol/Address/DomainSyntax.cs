using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Protocol.Address;

/// <summary>
/// <code>
/// Domain          = sub-domain *("." sub-domain)
/// sub-domain      = Let-dig [Ldh-str]
/// Ldh-str         = *( ALPHA / DIGIT / "-" ) Let-dig
/// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
/// </code>
/// RFC 5321 §4.1.2 and §4.1.3. A name that holds octets above 127 is read as UTF-8 and turned into A-labels.
/// </summary>
internal static class DomainSyntax
{
    private const int MaximumLabel = 63;

    private static readonly SearchValues<byte> s_name =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."u8);

    private static readonly SearchValues<byte> s_ipv6 = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    private static readonly IdnMapping s_idn = new() { AllowUnassigned = true, UseStd3AsciiRules = true };

    /// <summary>Writes the canonical form of <paramref name="text"/> into <paramref name="canonical"/>, which holds 255 octets.</summary>
    internal static AddressFault Canonicalise(
        ReadOnlySpan<byte> text, Span<byte> canonical, out int length, out MailDomainKind kind, out IPAddress? address)
    {
        length = 0;
        kind = MailDomainKind.Name;
        address = null;
        if (text.IsEmpty)
        {
            return AddressFault.Syntax;
        }

        if (text[0] == (byte)'[')
        {
            return Literal(text, canonical, out length, out kind, out address);
        }

        return Ascii.IsValid(text) ? Name(text, canonical, out length) : InternationalName(text, canonical, out length);
    }

    private static AddressFault Name(ReadOnlySpan<byte> text, Span<byte> canonical, out int length)
    {
        length = 0;
        if (text.ContainsAnyExcept(s_name))
        {
            return AddressFault.Syntax;
        }

        for (var rest = text; ;)
        {
            var dot = rest.IndexOf((byte)'.');
            var label = dot < 0 ? rest : rest[..dot];
            if (label.IsEmpty || label[0] == (byte)'-' || label[^1] == (byte)'-')
            {
                return AddressFault.Syntax;
            }

            if (label.Length > MaximumLabel)
            {
                return AddressFault.TooLong;
            }

            if (dot < 0)
            {
                break;
            }

            rest = rest[(dot + 1)..];
        }

        if (text.Length > canonical.Length)
        {
            return AddressFault.TooLong;
        }

        Ascii.ToLower(text, canonical, out length);
        return AddressFault.None;
    }

    private static AddressFault InternationalName(ReadOnlySpan<byte> text, Span<byte> canonical, out int length)
    {
        length = 0;
        if (text.Length > 4 * MailDomain.MaximumLength)
        {
            return AddressFault.TooLong;
        }

        var name = Encoding.UTF8.GetString(text);
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsLabelCharacter(rune))
            {
                return AddressFault.BadInternationalDomain;
            }
        }

        try
        {
            var labels = s_idn.GetAscii(name.ToLowerInvariant());
            return Name(Encoding.ASCII.GetBytes(labels), canonical, out length);
        }
        catch (ArgumentException)
        {
            // IdnMapping has no way to ask first: a label that is empty, too long or breaks the rule for right-to-left text.
            return AddressFault.BadInternationalDomain;
        }
    }

    // Near to RFC 5892: letters, marks and digits. Symbols, controls, spaces, invisible format characters and ill-formed UTF-8
    // (which enumerates as U+FFFD, a symbol) are in no U-label.
    private static bool IsLabelCharacter(Rune rune) => rune.IsAscii
        ? s_name.Contains((byte)rune.Value)
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;

    private static AddressFault Literal(
        ReadOnlySpan<byte> text, Span<byte> canonical, out int length, out MailDomainKind kind, out IPAddress? address)
    {
        length = 0;
        kind = MailDomainKind.GeneralLiteral;
        address = null;
        if (text.Length < 3 || text[^1] != (byte)']')
        {
            return AddressFault.Syntax;
        }

        var content = text[1..^1];
        if (TryIPv4(content, out var ipv4))
        {
            kind = MailDomainKind.IPv4Literal;
            address = new IPAddress(ipv4);
            return Write(canonical, out length, $"[{address}]");
        }

        if (Ascii.EqualsIgnoreCase(content[..Math.Min(5, content.Length)], "IPv6:"u8))
        {
            kind = MailDomainKind.IPv6Literal;
            return TryIPv6(content[5..], out address) ? Write(canonical, out length, $"[IPv6:{address}]") : AddressFault.Syntax;
        }

        return GeneralLiteral(text, canonical, out length);
    }

    // Standardized-tag ":" 1*dcontent, where dcontent is printable ASCII but "[", "\" and "]".
    private static AddressFault GeneralLiteral(ReadOnlySpan<byte> text, Span<byte> canonical, out int length)
    {
        length = 0;
        var content = text[1..^1];
        var colon = content.IndexOf((byte)':');
        if (colon <= 0 || colon == content.Length - 1 || content[colon - 1] == (byte)'-'
            || content[..colon].ContainsAnyExcept(s_name) || content[..colon].Contains((byte)'.')
            || content[colon..].ContainsAnyExceptInRange((byte)33, (byte)126) || content[colon..].IndexOfAny("[\\]"u8) >= 0)
        {
            return AddressFault.Syntax;
        }

        if (text.Length > canonical.Length)
        {
            return AddressFault.TooLong;
        }

        text.CopyTo(canonical);
        length = text.Length;
        return AddressFault.None;
    }

    // Decimal, also with leading zeros: IPAddress would read those as octal.
    private static bool TryIPv4(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> octets)
    {
        var result = new byte[4];
        octets = result;
        for (var i = 0; i < 4; i++)
        {
            var end = i < 3 ? text.IndexOf((byte)'.') : text.Length;
            if (end is < 1 or > 3 || text[..end].ContainsAnyExceptInRange((byte)'0', (byte)'9')
                || !byte.TryParse(text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out result[i]))
            {
                return false;
            }

            text = i < 3 ? text[(end + 1)..] : [];
        }

        return true;
    }

    private static bool TryIPv6(ReadOnlySpan<byte> text, out IPAddress? address)
    {
        address = null;
        return text.Length is >= 2 and <= 45 && !text.ContainsAnyExcept(s_ipv6)
            && IPAddress.TryParse(Encoding.ASCII.GetString(text), out address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static AddressFault Write(Span<byte> canonical, out int length, string text)
    {
        length = Encoding.ASCII.GetBytes(text, canonical);
        return AddressFault.None;
    }
}
