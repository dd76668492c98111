using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace MtaCluster.Protocol.Proxy;

/// <summary>Version 2: twelve octets that no other protocol begins with, a command, a family, a length, addresses, and TLVs.</summary>
internal static class ProxyHeaderV2
{
    private const int FixedLength = 16;
    private const int CommandLocal = 0x20;
    private const int CommandProxy = 0x21;
    private const int FamilyUnspecified = 0x00;
    private const int FamilyTcp4 = 0x11;
    private const int FamilyTcp6 = 0x21;
    private const int FamilyUnix = 0x31;
    private const int Tcp4Length = 12;
    private const int Tcp6Length = 36;
    private const int UnixLength = 216;
    private const byte TypeCrc32C = 0x03;
    private const int TlvHead = 3;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    internal static ProxyHeaderStatus Parse(ReadOnlySpan<byte> input, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        if (!MayBegin(input))
        {
            return ProxyHeaderStatus.Malformed;
        }

        if (input.Length < FixedLength)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        var whole = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(input[14..]);
        if (whole > ProxyHeaderParser.MaximumLength)
        {
            return ProxyHeaderStatus.Malformed;
        }

        if (input.Length < whole)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        header = Read(input[..whole]);
        length = header is null ? 0 : whole;
        return header is null ? ProxyHeaderStatus.Malformed : ProxyHeaderStatus.Complete;
    }

    private static bool MayBegin(ReadOnlySpan<byte> input)
    {
        var compared = Math.Min(input.Length, Signature.Length);
        return input[..compared].SequenceEqual(Signature[..compared])
            && (input.Length <= 12 || input[12] is CommandLocal or CommandProxy);
    }

    private static ProxyHeader? Read(ReadOnlySpan<byte> whole)
    {
        // What else is in the header of a connection of the proxy's own is to be passed over, the family as well.
        if (whole[12] == CommandLocal)
        {
            return ProxyHeader.Local.Instance;
        }

        var rest = whole[FixedLength..];
        int? addresses = whole[13] switch
        {
            FamilyUnspecified => 0,
            FamilyTcp4 => Tcp4Length,
            FamilyTcp6 => Tcp6Length,
            FamilyUnix => UnixLength,
            _ => null,
        };
        if (addresses is not { } length || rest.Length < length)
        {
            return null;
        }

        // What an unspecified family is followed by has no form that is known, and so no TLVs that could be found.
        return whole[13] == FamilyUnspecified || AreGood(whole, FixedLength + length) ? Addresses(whole[13], rest) : null;
    }

    private static ProxyHeader Addresses(byte family, ReadOnlySpan<byte> octets) => family switch
    {
        FamilyTcp4 => Tcp(octets, 4),
        FamilyTcp6 => Tcp(octets, 16),
        FamilyUnix => ProxyHeader.Unix.Instance,
        _ => ProxyHeader.Local.Instance,
    };

    private static ProxyHeader.Tcp Tcp(ReadOnlySpan<byte> octets, int size) => new(
        new IPEndPoint(new IPAddress(octets[..size]), BinaryPrimitives.ReadUInt16BigEndian(octets[(2 * size)..])),
        new IPEndPoint(new IPAddress(octets[size..(2 * size)]), BinaryPrimitives.ReadUInt16BigEndian(octets[((2 * size) + 2)..])));

    /// <summary>TLVs fill the header exactly, and the checksum, where there is one, is right.</summary>
    private static bool AreGood(ReadOnlySpan<byte> whole, int position)
    {
        var checksum = -1;
        while (position < whole.Length)
        {
            if (whole.Length - position < TlvHead)
            {
                return false;
            }

            var type = whole[position];
            var length = BinaryPrimitives.ReadUInt16BigEndian(whole[(position + 1)..]);
            position += TlvHead;
            if (whole.Length - position < length)
            {
                return false;
            }

            if (type == TypeCrc32C)
            {
                if (checksum >= 0 || length != sizeof(uint))
                {
                    return false;
                }

                checksum = position;
            }

            position += length;
        }

        return checksum < 0 || Crc32C(whole, checksum) == BinaryPrimitives.ReadUInt32BigEndian(whole[checksum..]);
    }

    /// <summary>Of the whole header, with zeros in place of the checksum.</summary>
    private static uint Crc32C(ReadOnlySpan<byte> whole, int checksum)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < whole.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, i >= checksum && i < checksum + sizeof(uint) ? (byte)0 : whole[i]);
        }

        return ~crc;
    }
}
