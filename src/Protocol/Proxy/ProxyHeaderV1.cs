using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Protocol.Proxy;

/// <summary>Version 1: one line of text, <c>PROXY TCP4 192.0.2.1 198.51.100.1 56324 25</c>, that ends with CR LF.</summary>
internal static class ProxyHeaderV1
{
    internal const byte FirstOctet = (byte)'P';

    /// <summary>The longest line, with its CR LF: two IPv6 addresses in full.</summary>
    internal const int MaximumLength = 107;

    private const int Fields = 6;

    private static ReadOnlySpan<byte> Start => "PROXY "u8;

    internal static ProxyHeaderStatus Parse(ReadOnlySpan<byte> input, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        var compared = Math.Min(input.Length, Start.Length);
        if (!input[..compared].SequenceEqual(Start[..compared]))
        {
            return ProxyHeaderStatus.Malformed;
        }

        var line = input[..Math.Min(input.Length, MaximumLength)];
        var end = line.IndexOf((byte)'\r');
        if (end < 0)
        {
            return line.Length == MaximumLength ? ProxyHeaderStatus.Malformed : ProxyHeaderStatus.Incomplete;
        }

        if (end + 1 == line.Length)
        {
            return line.Length == MaximumLength ? ProxyHeaderStatus.Malformed : ProxyHeaderStatus.Incomplete;
        }

        if (line[end + 1] != '\n')
        {
            return ProxyHeaderStatus.Malformed;
        }

        header = Read(line[..end]);
        length = header is null ? 0 : end + 2;
        return header is null ? ProxyHeaderStatus.Malformed : ProxyHeaderStatus.Complete;
    }

    private static ProxyHeader? Read(ReadOnlySpan<byte> line)
    {
        if (!Ascii.IsValid(line))
        {
            return null;
        }

        // Of UNKNOWN the rest of the line is to be passed over.
        var fields = Encoding.ASCII.GetString(line).Split(' ');
        if (fields[1] == "UNKNOWN")
        {
            return ProxyHeader.Local.Instance;
        }

        AddressFamily? family = fields[1] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => null,
        };
        return family is { } known && fields.Length == Fields
            && EndPoint(fields[2], fields[4], known) is { } source && EndPoint(fields[3], fields[5], known) is { } destination
            ? new ProxyHeader.Tcp(source, destination)
            : null;
    }

    // IPAddress reads more forms than the protocol knows: a zone, brackets, a port, 0x7f.1.
    private static IPEndPoint? EndPoint(string address, string port, AddressFamily family)
    {
        var isPlain = family == AddressFamily.InterNetwork
            ? address.All(c => char.IsAsciiDigit(c) || c == '.')
            : address.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        return isPlain && IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == family
            && (family != AddressFamily.InterNetwork || parsed.ToString() == address)
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (port.Length == 1 || port[0] != '0')
            ? new IPEndPoint(parsed, number)
            : null;
    }
}
