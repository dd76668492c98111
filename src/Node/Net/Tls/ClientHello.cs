using System.Buffers;
using System.Buffers.Binary;

namespace MtaCluster.Node.Net.Tls;

/// <summary>
/// Looks into a ClientHello (RFC 8446 §4.1.2) for the one thing that .NET does not tell of it: whether TLS 1.3 is offered. Decides nothing but which settings the handshake
/// is begun with, and so needs to be right for honest clients alone.
/// </summary>
internal static class ClientHello
{
    private const int RecordHead = 5;
    private const int LongestRecord = 16 * 1024;
    private const int MessageHead = 4;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int VersionAndRandom = 34;
    private const int SupportedVersions = 43;
    private const int Tls13 = 0x0304;

    /// <summary>Whether it offers TLS 1.3; null as long as too little has come. False also for what is no ClientHello in one record.</summary>
    public static bool? OffersTls13(ReadOnlySequence<byte> input)
    {
        Span<byte> head = stackalloc byte[RecordHead];
        if (input.Length < RecordHead)
        {
            return input.IsEmpty || input.FirstSpan[0] == HandshakeRecord ? null : false;
        }

        input.Slice(0, RecordHead).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt16BigEndian(head[3..]);
        if (head[0] != HandshakeRecord || length > LongestRecord)
        {
            return false;
        }

        if (input.Length < RecordHead + length)
        {
            return null;
        }

        var record = input.Slice(RecordHead, length);
        return OffersTls13(record.IsSingleSegment ? record.FirstSpan : record.ToArray());
    }

    private static bool OffersTls13(ReadOnlySpan<byte> record)
    {
        if (record.Length < MessageHead || record[0] != ClientHelloMessage)
        {
            return false;
        }

        var rest = record[MessageHead..];
        return Skip(ref rest, VersionAndRandom)
            && Take(ref rest, 1, out _)
            && Take(ref rest, 2, out _)
            && Take(ref rest, 1, out _)
            && Take(ref rest, 2, out var extensions)
            && HasTls13(extensions);
    }

    private static bool HasTls13(ReadOnlySpan<byte> extensions)
    {
        while (extensions.Length >= 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!Take(ref extensions, 2, out var content))
            {
                return false;
            }

            if (type == SupportedVersions)
            {
                return Take(ref content, 1, out var versions) && Contains(versions, Tls13);
            }
        }

        return false;
    }

    private static bool Contains(ReadOnlySpan<byte> versions, int version)
    {
        for (; versions.Length >= 2; versions = versions[2..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(versions) == version)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest, int length)
    {
        if (rest.Length < length)
        {
            return false;
        }

        rest = rest[length..];
        return true;
    }

    /// <summary>Takes a vector: its length in one or two octets, then so many.</summary>
    private static bool Take(ref ReadOnlySpan<byte> rest, int lengthOctets, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (rest.Length < lengthOctets)
        {
            return false;
        }

        var length = lengthOctets == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[lengthOctets..];
        if (rest.Length < length)
        {
            return false;
        }

        vector = rest[..length];
        rest = rest[length..];
        return true;
    }
}
