using System.Buffers.Binary;
using System.Text;

namespace MtaCluster.Actors.Spool;

/// <summary>Texts in a packed array: the octets of their UTF-8, 65,534 at most, behind their number.</summary>
internal static class PackedText
{
    private const ushort Null = ushort.MaxValue;

    /// <summary>How many octets a text takes.</summary>
    public static int SizeOf(string? text) => 2 + (text is null ? 0 : Encoding.UTF8.GetByteCount(text));

    /// <summary>Writes a text at the beginning of <paramref name="rest"/>, and moves that behind it.</summary>
    public static void Write(string? text, ref Span<byte> rest)
    {
        var length = text is null ? 0 : Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, text is null ? Null : (ushort)length);
        rest = rest[(2 + length)..];
    }

    /// <summary>Reads a text that may be none.</summary>
    public static string? ReadNullable(ref ReadOnlySpan<byte> rest)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(rest) != Null)
        {
            return Read(ref rest);
        }

        rest = rest[2..];
        return null;
    }

    /// <summary>Reads a text.</summary>
    public static string Read(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return text;
    }
}
