using System.Buffers;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The header section of the original message, as it is returned to the sender.</summary>
internal static class DsnOriginalHeader
{
    /// <summary>Octets that are returned at most.</summary>
    public const int Maximum = 64 * 1024;

    private const int LongestLine = 998;

    private static readonly SearchValues<byte> s_plain = SearchValues.Create(
        "\t\r\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>What is before the first empty line, in whole lines, at most <see cref="Maximum"/> octets.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> original)
    {
        var window = original.Span[..Math.Min(original.Length, Maximum)];
        if (window.StartsWith("\r\n"u8))
        {
            return default;
        }

        var end = window.IndexOf("\r\n\r\n"u8);
        if (end >= 0)
        {
            return original[..(end + 2)];
        }

        return window.Length == original.Length ? original : original[..(window.LastIndexOf((byte)'\n') + 1)];
    }

    /// <summary>Whether it may be sent as it is: ASCII text in lines that every server takes, without a lone CR or LF.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> header)
    {
        var lineEnds = header.Count("\r\n"u8);
        if (header.ContainsAnyExcept(s_plain) || header.Count((byte)'\r') != lineEnds || header.Count((byte)'\n') != lineEnds)
        {
            return false;
        }

        foreach (var line in header.Split("\r\n"u8))
        {
            if (line.End.Value - line.Start.Value > LongestLine)
            {
                return false;
            }
        }

        return true;
    }
}
