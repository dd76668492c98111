using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>Reads the attributes of XCLIENT and XFORWARD: <c>NAME=value</c>, the value in xtext, <c>[UNAVAILABLE]</c> or <c>[TEMPUNAVAIL]</c>.</summary>
internal static class ClientAttributeParser
{
    private const int MaximumValue = 255;

    internal static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ClientAttributes? attributes)
    {
        attributes = ClientAttributes.None;
        var given = false;
        while (!(text = text.TrimStart(" \t"u8)).IsEmpty)
        {
            var end = text.IndexOfAny((byte)' ', (byte)'\t');
            var attribute = end < 0 ? text : text[..end];
            text = text[attribute.Length..];
            var equals = attribute.IndexOf((byte)'=');
            if (equals < 1 || !TryValue(attribute[(equals + 1)..], out var value) || Take(attributes, attribute[..equals], value) is not { } next)
            {
                attributes = null;
                return false;
            }

            attributes = next;
            given = true;
        }

        attributes = given ? attributes : null;
        return given;
    }

    // Empty for what is not available.
    private static bool TryValue(ReadOnlySpan<byte> text, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (Ascii.EqualsIgnoreCase(text, "[UNAVAILABLE]"u8) || Ascii.EqualsIgnoreCase(text, "[TEMPUNAVAIL]"u8))
        {
            value = string.Empty;
            return true;
        }

        return XText.TryDecodePrintable(text, MaximumValue, out value);
    }

    private static ClientAttributes? Take(ClientAttributes given, ReadOnlySpan<byte> name, string value) => name switch
    {
        _ when Ascii.EqualsIgnoreCase(name, "NAME"u8) => given with { Name = value },
        _ when Ascii.EqualsIgnoreCase(name, "ADDR"u8) =>
            value.Length == 0 ? given : TryAddress(value, out var address) ? given with { Address = address } : null,
        _ when Ascii.EqualsIgnoreCase(name, "PORT"u8) =>
            value.Length == 0 ? given : ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? given with { Port = port } : null,
        _ when Ascii.EqualsIgnoreCase(name, "HELO"u8) => given with { Hello = SmtpCommandParser.HarmlessName(Encoding.ASCII.GetBytes(value)) },
        _ when Ascii.EqualsIgnoreCase(name, "LOGIN"u8) => given with { Login = value },
        _ when Ascii.EqualsIgnoreCase(name, "PROTO"u8) => value is "SMTP" or "ESMTP" or "" ? given with { Protocol = value } : null,
        _ when Ascii.EqualsIgnoreCase(name, "IDENT"u8) => given with { Identity = value },
        _ when Ascii.EqualsIgnoreCase(name, "SOURCE"u8) => value is "LOCAL" or "REMOTE" or "" ? given with { Source = value } : null,

        // Where the client connected to: of no use here.
        _ when Ascii.EqualsIgnoreCase(name, "DESTADDR"u8) || Ascii.EqualsIgnoreCase(name, "DESTPORT"u8) => given,
        _ => null,
    };

    private static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        const string ipv6 = "IPV6:";
        var isIpv6 = text.StartsWith(ipv6, StringComparison.OrdinalIgnoreCase);
        return IPAddress.TryParse(isIpv6 ? text.AsSpan(ipv6.Length) : text, out address)
            && address.AddressFamily == (isIpv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
    }
}
