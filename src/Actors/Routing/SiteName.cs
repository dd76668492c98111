using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// The name of a site: the set of MX hosts that domains share, folded by the labels they end in, as in <c>(mx1|mx2).orange.fr</c>.
/// The same set has the same name whatever the order and the preferences of its records.
/// </summary>
public static class SiteName
{
    /// <summary>Names stay readable and short enough for a log line; a longer set is cut and its hash added.</summary>
    private const int MaximumLength = 200;

    private static readonly SearchValues<char> s_siteChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.()|[]:+~/");

    /// <summary>Names the site of these hosts; <paramref name="port"/> is null for the usual port.</summary>
    public static string Of(ImmutableArray<MxHost> hosts, int? port)
    {
        var suffix = port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        return (hosts.Length == 1 ? hosts[0].Name : Fold(hosts)) + suffix;
    }

    /// <summary>Whether the text could be the name of a site that is not a plain domain name.</summary>
    internal static bool IsWellFormed([NotNullWhen(true)] string? text) =>
        text is { Length: > 1 } && text.Length <= MaximumLength + 100
        && (text.StartsWith("lmtp:unix:/", StringComparison.Ordinal)
            ? !text.Any(char.IsControl)
            : !text.AsSpan().ContainsAnyExcept(s_siteChars)
                && (text[0] is '(' or '[' || text.StartsWith("lmtp:[", StringComparison.Ordinal) || HasPort(text)));

    private static bool HasPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && DnsName.IsNormal(text.AsSpan(0, colon))
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;
    }

    private static string Fold(ImmutableArray<MxHost> hosts)
    {
        var names = hosts.Select(host => host.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (names.Length == 1)
        {
            return names[0];
        }

        // The suffix begins with its dot, and leaves every name at least one label.
        var suffix = CommonSuffix(names);
        var text = new StringBuilder(MaximumLength + 32).Append('(');
        for (var i = 0; i < names.Length; i++)
        {
            var part = names[i].AsSpan(0, names[i].Length - suffix.Length);
            if (text.Length + part.Length + suffix.Length > MaximumLength)
            {
                var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', names)));
                text.Append(i > 0 ? "|" : "")
                    .Append(CultureInfo.InvariantCulture, $"+{names.Length - i}~{Convert.ToHexStringLower(hash, 0, 8)}");
                break;
            }

            text.Append(i > 0 ? "|" : "").Append(part);
        }

        return text.Append(')').Append(suffix).ToString();
    }

    private static string CommonSuffix(string[] names)
    {
        var first = names[0];
        var best = "";
        for (var dot = first.LastIndexOf('.'); dot > 0; dot = first.LastIndexOf('.', dot - 1))
        {
            var candidate = first[dot..];
            if (!Array.TrueForAll(names, name => name.Length > candidate.Length && name.EndsWith(candidate, StringComparison.Ordinal)))
            {
                break;
            }

            best = candidate;
        }

        return best;
    }
}
