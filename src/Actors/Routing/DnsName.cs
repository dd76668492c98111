using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// The one form in which routing compares domains and hosts: lower-case A-labels without a trailing dot (RFC 1035 §2.3.1,
/// RFC 5890 §2.3.2.1; underscores are let through, as the DNS has them).
/// </summary>
public static class DnsName
{
    private const int MaximumLength = 253;
    private const int MaximumLabelLength = 63;

    private static readonly SearchValues<char> s_lower = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly IdnMapping s_idn = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    /// <summary>Brings a name into the one form; false when it is not a domain name. Never throws.</summary>
    public static bool TryNormalize([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (string.IsNullOrEmpty(text) || text.Length > 4 * MaximumLength)
        {
            return false;
        }

        var candidate = text.EndsWith('.') ? text[..^1] : text;
        if (candidate.AsSpan().ContainsAnyExcept(s_lower))
        {
            candidate = candidate.ToLowerInvariant();
        }

        if (!Ascii.IsValid(candidate) && !TryToAscii(candidate, out candidate))
        {
            return false;
        }

        if (!IsNormal(candidate))
        {
            return false;
        }

        name = candidate;
        return true;
    }

    /// <summary>The name is in the one form already.</summary>
    public static bool IsNormal(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaximumLength || name.ContainsAnyExcept(s_lower))
        {
            return false;
        }

        while (true)
        {
            var dot = name.IndexOf('.');
            var label = dot < 0 ? name : name[..dot];
            if (label.Length is 0 or > MaximumLabelLength || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            if (dot < 0)
            {
                return true;
            }

            name = name[(dot + 1)..];
        }
    }

    private static bool TryToAscii(string text, out string ascii)
    {
        ascii = text;
        try
        {
            ascii = s_idn.GetAscii(text).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            // IdnMapping has no Try form: this is how it says "not a name".
            return false;
        }
    }
}
