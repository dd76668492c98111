using System.Buffers;

namespace MtaCluster.Protocol.Submission;

/// <summary>
/// Finds the end of a header section in octets that come in pieces. It ends at the first empty line, or at the first line that is neither a field nor the
/// continuation of one (RFC 5322 §2.2; white space before the colon is taken, §4.5).
/// </summary>
internal struct HeaderSectionReader
{
    private static readonly SearchValues<byte> s_nameEnd = SearchValues.Create(
        [.. Enumerable.Range(0, 33).Select(i => (byte)i), (byte)':', .. Enumerable.Range(127, 129).Select(i => (byte)i)]);

    private int _lineStart;
    private int _searched;

    /// <summary>How many fields were seen.</summary>
    public int Fields { get; private set; }

    /// <summary>
    /// Looks on, in the same octets as before with more behind them. True at the end of the section: <paramref name="length"/> octets, without the empty line.
    /// </summary>
    public bool TryFindEnd(ReadOnlySpan<byte> octets, out int length)
    {
        while (true)
        {
            length = _lineStart;
            var end = octets[_searched..].IndexOf((byte)'\n');
            if (end < 0)
            {
                _searched = octets.Length;
                return false;
            }

            var next = _searched + end + 1;
            if (!IsInSection(octets[_lineStart..next]))
            {
                return true;
            }

            _lineStart = _searched = next;
        }
    }

    /// <summary>The length of the section when no more octets come and no end was found: a last line without its line end is judged like the others.</summary>
    public int EndOf(ReadOnlySpan<byte> octets) =>
        _lineStart == octets.Length || IsInSection(octets[_lineStart..]) ? octets.Length : _lineStart;

    private bool IsInSection(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            return Fields > 0;
        }

        var isField = TryName(line, out _, out _);
        Fields += isField ? 1 : 0;
        return isField;
    }

    /// <summary>Takes the next field from the front of a whole section: with its continuations and its line end.</summary>
    public static ReadOnlySpan<byte> NextField(ReadOnlySpan<byte> section)
    {
        var length = 0;
        do
        {
            var end = section[length..].IndexOf((byte)'\n');
            length = end < 0 ? section.Length : length + end + 1;
        }
        while (length < section.Length && section[length] is (byte)' ' or (byte)'\t');

        return section[..length];
    }

    /// <summary>The name of the field that begins with a line, and where its body begins.</summary>
    public static bool TryName(ReadOnlySpan<byte> line, out Range name, out int body)
    {
        name = default;
        body = 0;
        var end = line.IndexOfAny(s_nameEnd);
        if (end <= 0)
        {
            return false;
        }

        var colon = end;
        while (colon < line.Length && line[colon] is (byte)' ' or (byte)'\t')
        {
            colon++;
        }

        name = ..end;
        body = colon + 1;
        return colon < line.Length && line[colon] == (byte)':';
    }
}
