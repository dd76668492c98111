using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

namespace MtaCluster.Node.Storage;

/// <summary>
/// What stands before each body on disk: 48 octets, little-endian.
/// <code>
///  0  magic             u32
///  4  prefix length     u32
///  8  content length    u64   without the prefix
/// 16  segment           u64
/// 24  position          u64   of this header in its segment
/// 32  checksum          u64   of prefix and content
/// 40  header checksum   u64   of the 40 octets before it, seeded with the segment's salt
/// </code>
/// The salt is random and in the file's name alone, so no message can hold what passes for a header.
/// </summary>
internal readonly record struct RecordHeader(int PrefixLength, long ContentLength, ulong Checksum)
{
    /// <summary>Octets of a header.</summary>
    public const int Size = 48;

    /// <summary>Records in a pack begin at multiples of this, so that the next one can be found behind a damaged header.</summary>
    public const int Alignment = 8;

    /// <summary>The first octets of a header on disk.</summary>
    public static ReadOnlySpan<byte> MagicOctets => "mBd1"u8;

    private const int ChecksummedSize = 40;

    /// <summary>Octets of the whole body: prefix and content.</summary>
    public long Length => PrefixLength + ContentLength;

    /// <summary>Octets from this header to the next in a pack.</summary>
    public long Stride => Align(Size + Length);

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long position) => (position + Alignment - 1) & -Alignment;

    /// <summary>The checksum of a body from its two parts.</summary>
    public static ulong Combine(ReadOnlySpan<byte> prefix, ulong contentHash) =>
        contentHash ^ BitOperations.RotateLeft(XxHash3.HashToUInt64(prefix, seed: 1), 1);

    /// <summary>Writes the header for one place.</summary>
    public void Write(Span<byte> destination, long segment, ulong salt, long position)
    {
        MagicOctets.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], PrefixLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], ContentLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], segment);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], position);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Checksum);
        var own = XxHash3.HashToUInt64(destination[..ChecksummedSize], (long)salt);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[40..], own);
    }

    /// <summary>Reads the header of one place; false when it is not whole, or is that of another place.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, long segment, ulong salt, long position, out RecordHeader header)
    {
        header = default;
        if (source.Length < Size || !source.StartsWith(MagicOctets)
            || BinaryPrimitives.ReadInt64LittleEndian(source[16..]) != segment
            || BinaryPrimitives.ReadInt64LittleEndian(source[24..]) != position
            || BinaryPrimitives.ReadUInt64LittleEndian(source[40..]) != XxHash3.HashToUInt64(source[..ChecksummedSize], (long)salt))
        {
            return false;
        }

        header = new RecordHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        return header is { PrefixLength: >= 0, ContentLength: >= 0 };
    }
}
