using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// SASLprep (RFC 4013): the one form of a name or a password that clients and servers compare, whatever keyboard it was typed on. Characters that Unicode 3.2 did not
/// know are let through, as in queries (RFC 3454 §7).
/// </summary>
public static class SaslPrep
{
    /// <summary>The most UTF-16 units of a text: longer ones are refused.</summary>
    public const int MaximumLength = 1024;

    /// <summary>Prepares a text; false if it holds what is forbidden (§2.3), or mixes directions (§2.4).</summary>
    public static bool TryPrepare(string text, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (text.Length > MaximumLength)
        {
            return false;
        }

        if (Ascii.IsValid(text))
        {
            prepared = text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\x7f', StringComparison.Ordinal) ? null : text;
            return prepared is not null;
        }

        var mapped = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return false;
            }

            i += rune.Utf16SequenceLength - 1;
            if (!IsMappedToNothing(rune.Value))
            {
                mapped.Add(IsSpace(rune.Value) ? ' ' : rune.Value);
            }
        }

        var normal = NormalizationFormKC.Normalize(mapped);
        if (normal.Exists(IsProhibited) || !HasOneDirection(normal))
        {
            return false;
        }

        prepared = string.Concat(normal.Select(char.ConvertFromUtf32));
        return true;
    }

    // Table B.1.
    private static bool IsMappedToNothing(int c) =>
        c is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    // Table C.1.2.
    private static bool IsSpace(int c) => c is 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200B) or 0x202F or 0x205F or 0x3000;

    private static bool IsProhibited(int c) => IsSpace(c) || IsControl(c) || IsNoText(c);

    // Tables C.2.1 and C.2.2.
    private static bool IsControl(int c) =>
        c is <= 0x1F or (>= 0x7F and <= 0x9F) or 0x6DD or 0x70F or 0x180E or 0x200C or 0x200D or 0x2028 or 0x2029 or (>= 0x2060 and <= 0x2063)
            or (>= 0x206A and <= 0x206F) or 0xFEFF or (>= 0xFFF9 and <= 0xFFFC) or (>= 0x1D173 and <= 0x1D17A);

    // Tables C.3 to C.9: private use, no characters, surrogates, not for plain text, not canonical, deprecated, tags.
    private static bool IsNoText(int c) =>
        c is (>= 0xE000 and <= 0xF8FF) or (>= 0xF0000 and <= 0xFFFFD) or (>= 0x100000 and <= 0x10FFFD) or (>= 0xFDD0 and <= 0xFDEF) or (>= 0xD800 and <= 0xDFFF)
            or 0xFFFD or (>= 0x2FF0 and <= 0x2FFB) or 0x340 or 0x341 or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or 0xE0001 or (>= 0xE0020 and <= 0xE007F)
        || (c & 0xFFFE) == 0xFFFE;

    // RFC 3454 §6.
    private static bool HasOneDirection(List<int> text)
    {
        var tables = StringPrepTables.Instance;
        return !text.Exists(tables.IsRightToLeft)
            || (!text.Exists(tables.IsLeftToRight) && tables.IsRightToLeft(text[0]) && tables.IsRightToLeft(text[^1]));
    }
}
