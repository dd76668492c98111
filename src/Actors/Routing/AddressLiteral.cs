using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// The address literals that mail routing understands: <c>[192.0.2.1]</c> and <c>[IPv6:2001:db8::1]</c> (RFC 5321 §4.1.3).
/// </summary>
public static class AddressLiteral
{
    private const string IPv6Tag = "IPv6:";

    /// <summary>Reads a recipient domain that is an address literal, in its brackets.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return text.Length > 2 && text[0] == '[' && text[^1] == ']' && TryParseAddress(text[1..^1], out address);
    }

    /// <summary>
    /// Reads an address without brackets: dotted quad, IPv6, or IPv6 with its tag. An IPv4-mapped address comes back as IPv4. The
    /// shorthands of IPv4 (<c>127.1</c>, <c>0x7f000001</c>) and IPv6 zones are not addresses here.
    /// </summary>
    internal static bool TryParseAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var tagged = text.StartsWith(IPv6Tag, StringComparison.OrdinalIgnoreCase);
        text = tagged ? text[IPv6Tag.Length..] : text;
        if (text.ContainsAny("[]%/") || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetwork && (tagged || !text.SequenceEqual(parsed.ToString())))
        {
            return false;
        }

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }
}
