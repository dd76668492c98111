using System.Buffers;

namespace MtaCluster.Protocol.Sasl;

/// <summary>Reads <c>key=value</c> pairs, each ended by 0x01, as both mechanisms with bearer tokens have them (RFC 7628 §3.1).</summary>
internal static class BearerTokens
{
    private const string Scheme = "Bearer ";

    // b64token of RFC 6750 §2.1.
    private static readonly SearchValues<char> s_token = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Reads all pairs, to the 0x01 after the last one. Null if it is not of this form, or a key comes twice.</summary>
    public static Dictionary<string, string>? ReadPairs(string text)
    {
        if (!text.EndsWith("\x01\x01", StringComparison.Ordinal))
        {
            return null;
        }

        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in text[..^2].Split('\x01'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !pair.AsSpan(0, equals).ContainsOnlyLetters() || !pairs.TryAdd(pair[..equals], pair[(equals + 1)..]))
            {
                return null;
            }
        }

        return pairs;
    }

    /// <summary>The token of an Authorization value; null if there is none.</summary>
    public static string? TokenOf(Dictionary<string, string> pairs)
    {
        if (!pairs.TryGetValue("auth", out var value) || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = value[Scheme.Length..].Trim(' ');
        return token.Length > 0 && !token.AsSpan().ContainsAnyExcept(s_token) ? token : null;
    }

    private static bool ContainsOnlyLetters(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetter(c))
            {
                return false;
            }
        }

        return true;
    }
}
