using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Address;

/// <summary>
/// <code>
/// Local-part    = Dot-string / Quoted-string
/// Dot-string    = Atom *("."  Atom)
/// Quoted-string = DQUOTE *QcontentSMTP DQUOTE
/// qtextSMTP     = %d32-33 / %d35-91 / %d93-126      quoted-pairSMTP = "\" %d32-126
/// </code>
/// RFC 5321 §4.1.2. Quotes that are not needed and needless backslashes are dropped, as §4.1.2 advises, so that each mailbox has
/// one form. Where it is international, both take UTF-8 beyond ASCII as well (RFC 6531 §3.3), but for the controls U+0080 to U+009F.
/// </summary>
internal static class LocalPartSyntax
{
    /// <summary>The most octets a local part may have (RFC 5321 §4.5.3.1.1).</summary>
    internal const int MaximumLength = 64;

    private static readonly SearchValues<byte> s_dotString =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."u8);

    /// <summary>
    /// Reads the local part at the start of <paramref name="text"/>, up to the <c>@</c> that ends it, and writes its one form.
    /// </summary>
    internal static AddressFault Canonicalise(
        ReadOnlySpan<byte> text, bool international, Span<byte> canonical, out int consumed, out int length) =>
        !text.IsEmpty && text[0] == (byte)'"'
            ? QuotedString(text, international, canonical, out consumed, out length)
            : DotString(text, international, canonical, out consumed, out length);

    private static AddressFault DotString(
        ReadOnlySpan<byte> text, bool international, Span<byte> canonical, out int consumed, out int length)
    {
        length = 0;
        consumed = text.IndexOf((byte)'@');
        if (consumed <= 0)
        {
            return AddressFault.Syntax;
        }

        var local = text[..consumed];
        if (!IsDotString(local))
        {
            return international || Ascii.IsValid(local) ? AddressFault.Syntax : AddressFault.NonAsciiLocalPart;
        }

        if (!international && !Ascii.IsValid(local))
        {
            return AddressFault.NonAsciiLocalPart;
        }

        if (local.Length > MaximumLength)
        {
            return AddressFault.TooLong;
        }

        local.CopyTo(canonical);
        length = local.Length;
        return AddressFault.None;
    }

    private static AddressFault QuotedString(
        ReadOnlySpan<byte> text, bool international, Span<byte> canonical, out int consumed, out int length)
    {
        consumed = 0;
        length = 0;
        Span<byte> content = stackalloc byte[MaximumLength];
        var count = 0;
        var i = 1;
        for (; i < text.Length && text[i] != (byte)'"'; i++)
        {
            if (text[i] == (byte)'\\' && ++i == text.Length)
            {
                return AddressFault.Syntax;
            }

            if (text[i] is < 32 or 127)
            {
                return AddressFault.Syntax;
            }

            if (text[i] > 127 && !international)
            {
                return AddressFault.NonAsciiLocalPart;
            }

            if (count == MaximumLength)
            {
                return AddressFault.TooLong;
            }

            content[count++] = text[i];
        }

        consumed = i + 1;
        return consumed < text.Length && text[consumed] == (byte)'@' && IsInternational(content[..count])
            ? Write(content[..count], canonical, out length)
            : AddressFault.Syntax;
    }

    private static AddressFault Write(ReadOnlySpan<byte> content, Span<byte> canonical, out int length)
    {
        length = 0;
        if (IsDotString(content))
        {
            content.CopyTo(canonical);
            length = content.Length;
            return AddressFault.None;
        }

        Span<byte> quoted = stackalloc byte[2 + (2 * MaximumLength)];
        var count = 0;
        quoted[count++] = (byte)'"';
        foreach (var octet in content)
        {
            if (octet is (byte)'"' or (byte)'\\')
            {
                quoted[count++] = (byte)'\\';
            }

            quoted[count++] = octet;
        }

        quoted[count++] = (byte)'"';
        if (count > MaximumLength)
        {
            return AddressFault.TooLong;
        }

        quoted[..count].CopyTo(canonical);
        length = count;
        return AddressFault.None;
    }

    private static bool IsDotString(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && IsAtoms(text)
        && text[0] != (byte)'.' && text[^1] != (byte)'.' && text.IndexOf(".."u8) < 0;

    private static bool IsAtoms(ReadOnlySpan<byte> text)
    {
        var ascii = text.IndexOfAnyExcept(s_dotString);
        return ascii < 0 || (IsInternational(text[ascii..]) && !ContainsOtherAscii(text[ascii..]));
    }

    private static bool ContainsOtherAscii(ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (octet < 128 && !s_dotString.Contains(octet))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether this is UTF-8 without the controls beyond ASCII.</summary>
    private static bool IsInternational(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out var rune, out var length) != OperationStatus.Done || rune.Value is >= 0x80 and < 0xA0)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }
}
