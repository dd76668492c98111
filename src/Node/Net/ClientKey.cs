using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Node.Net;

/// <summary>
/// Who counts as one client: an IPv4 address, or a /64 of IPv6, which is what one customer has at the least (RFC 6177). IPv4-mapped addresses are IPv4.
/// </summary>
internal readonly record struct ClientKey
{
    private const int PrefixLength = 8;

    private readonly ulong _prefix;
    private readonly AddressFamily _family;

    private ClientKey(ulong prefix, AddressFamily family)
    {
        _prefix = prefix;
        _family = family;
    }

    /// <summary>Who has this address.</summary>
    public static ClientKey Of(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        var known = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        known.TryWriteBytes(octets, out var length);
        return length == sizeof(uint)
            ? new ClientKey(BinaryPrimitives.ReadUInt32BigEndian(octets), AddressFamily.InterNetwork)
            : new ClientKey(BinaryPrimitives.ReadUInt64BigEndian(octets), AddressFamily.InterNetworkV6);
    }

    /// <summary>The address or the network.</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[16];
        if (_family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)_prefix);
            return new IPAddress(octets[..sizeof(uint)]).ToString();
        }

        BinaryPrimitives.WriteUInt64BigEndian(octets, _prefix);
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(octets)}/{8 * PrefixLength}");
    }
}
