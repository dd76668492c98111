using System.Collections.Immutable;
using System.Net;

namespace MtaCluster.Node.Configuration;

/// <summary>The networks that nobody reaches from outside: there alone nodes may speak to each other in clear text.</summary>
internal static class PrivateNetworks
{
    private static readonly ImmutableArray<IPNetwork> s_networks =
    [
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("::1/128"),
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("fe80::/10"),
    ];

    /// <summary>Loopback, RFC 1918, RFC 4193 or link-local.</summary>
    public static bool Contains(IPAddress address)
    {
        var canonical = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return s_networks.Any(network => network.Contains(canonical));
    }
}
