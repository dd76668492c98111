using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// A set of networks, and addresses in the one form in which they are compared: IPv4-mapped IPv6 is IPv4 (RFC 4291 §2.5.5.2).
/// </summary>
internal sealed class ClientNetworks
{
    private const int MappedPrefix = 96;

    private readonly IPNetwork[] _networks;

    internal ClientNetworks(ImmutableArray<IPNetwork> networks)
    {
        _networks = [.. networks.Select(Normalise)];
    }

    internal bool Contains(IPAddress address)
    {
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The end point with its address as IPv4 if it is mapped, and without a zone.</summary>
    internal static IPEndPoint Normalise(IPEndPoint endPoint)
    {
        var address = endPoint.Address;
        if (address.IsIPv4MappedToIPv6)
        {
            return new IPEndPoint(address.MapToIPv4(), endPoint.Port);
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? new IPEndPoint(new IPAddress(address.GetAddressBytes()), endPoint.Port)
            : endPoint;
    }

    private static IPNetwork Normalise(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefix
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefix)
            : network;
}
