using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>How the texts of the configuration are read.</summary>
internal static class Parsers
{
    /// <summary>What <see cref="EndPoint"/> reads, in words.</summary>
    public const string EndPointForm = "address:port (an IPv6 address in brackets)";

    /// <summary>What <see cref="Network"/> reads, in words.</summary>
    public const string NetworkForm = "a network such as 192.0.2.0/24 or 2001:db8::/32 (without host bits), or an address";

    /// <summary>What <see cref="HostAndPort"/> reads, in words.</summary>
    public const string HostAndPortForm = "host:port";

    /// <summary>What <see cref="Pattern"/> reads, in words.</summary>
    public const string PatternForm = "a domain, *.suffix or *";

    /// <summary>An address and a port; port 0 is any free one.</summary>
    public static bool EndPoint(string text, out IPEndPoint value)
    {
        value = new IPEndPoint(IPAddress.None, 0);
        if (!SplitPort(text, minimum: 0, out var host, out var port))
        {
            return false;
        }

        var isBracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (!IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address)
            || isBracketed != (address.AddressFamily == AddressFamily.InterNetworkV6)
            || (!isBracketed && address.ToString() != host))
        {
            return false;
        }

        value = new IPEndPoint(address, port);
        return true;
    }

    /// <summary>An endpoint with a port other than 0, or an address alone, which has port 53.</summary>
    public static bool DnsServer(string text, out IPEndPoint value)
    {
        if (EndPoint(text, out value))
        {
            return value.Port > 0;
        }

        if (!IPAddress.TryParse(text, out var address) || text.StartsWith('['))
        {
            return false;
        }

        value = new IPEndPoint(address, 53);
        return true;
    }

    /// <summary>A network in CIDR notation, or one address.</summary>
    public static bool Network(string text, out IPNetwork value)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            // Host bits would be cut off in silence, and more clients be let in than was meant.
            return IPNetwork.TryParse(text, out value)
                && IPAddress.TryParse(text.AsSpan(0, slash), out var written) && written.Equals(value.BaseAddress);
        }

        value = default;

        if (!IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        value = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }

    /// <summary>A host name or address (IPv6 in brackets) and a port.</summary>
    public static bool HostAndPort(string text, out HostAndPort value) => HostAndPort(text, minimum: 1, out value);

    /// <summary>As <see cref="HostAndPort(string, out Configuration.HostAndPort)"/>, for an address of our own: port 0 is any free one.</summary>
    public static bool OwnHostAndPort(string text, out HostAndPort value) => HostAndPort(text, minimum: 0, out value);

    private static bool HostAndPort(string text, int minimum, out HostAndPort value)
    {
        value = new HostAndPort("", 0);
        if (!SplitPort(text, minimum, out var host, out var port))
        {
            return false;
        }

        var isAddress = host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out _);
        if (!isAddress && !DnsName.TryNormalize(host, out host!))
        {
            return false;
        }

        value = new HostAndPort(isAddress ? host[1..^1] : host, port);
        return true;
    }

    /// <summary>A domain pattern.</summary>
    public static bool Pattern(string text, out DomainPattern value)
    {
        var isGood = DomainPattern.TryParse(text, out var pattern);
        value = pattern!;
        return isGood;
    }

    /// <summary>A next hop.</summary>
    public static bool Hop(string text, out NextHop value)
    {
        var isGood = NextHop.TryParse(text, out var hop);
        value = hop!;
        return isGood;
    }

    /// <summary>A domain or host name.</summary>
    public static bool Name(string text, out string value)
    {
        var isGood = DnsName.TryNormalize(text, out var name) && !IPAddress.TryParse(name, out _);
        value = name ?? "";
        return isGood;
    }

    private static bool SplitPort(string text, int minimum, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon] : "";
        port = 0;
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port >= minimum && port <= 65535;
    }
}
