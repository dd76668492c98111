using System.Globalization;
using System.Security.Cryptography;

namespace MtaCluster.Node.Storage;

/// <summary>What a segment holds.</summary>
internal enum SegmentKind
{
    /// <summary>Many small bodies, one after another.</summary>
    Pack,

    /// <summary>
    /// One big body: the header at 0, the prefix ending at <see cref="SegmentName.SingleHead"/>, the content from there on.
    /// </summary>
    Single,
}

/// <summary>
/// The identity of a segment, which is its file's name: <c>{id:x16}-{salt:x16}.pack1</c> or <c>.body1</c>; the 1 is the format's
/// version.
/// </summary>
internal readonly record struct SegmentName(long Id, ulong Salt, SegmentKind Kind)
{
    /// <summary>Octets kept free for header and prefix at the start of a single's file.</summary>
    public const int SingleHead = 4096;

    private const string PackExtension = ".pack1";
    private const string SingleExtension = ".body1";

    /// <summary>A new identity, with a salt that nobody can foresee.</summary>
    public static SegmentName Create(long id, SegmentKind kind) =>
        new(id, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), kind);

    /// <summary>Reads a file name; false for the files of others.</summary>
    public static bool TryParse(string fileName, out SegmentName name)
    {
        name = default;
        SegmentKind? kind = Path.GetExtension(fileName) switch
        {
            PackExtension => SegmentKind.Pack,
            SingleExtension => SegmentKind.Single,
            _ => null,
        };
        if (kind is null || fileName.Length != 33 + PackExtension.Length || fileName[16] != '-'
            || !long.TryParse(fileName.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || id < 0
            || !ulong.TryParse(fileName.AsSpan(17, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var salt))
        {
            return false;
        }

        name = new SegmentName(id, salt, kind.Value);
        return true;
    }

    /// <summary>The file name.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Id:x16}-{Salt:x16}{(Kind == SegmentKind.Pack ? PackExtension : SingleExtension)}");
}
