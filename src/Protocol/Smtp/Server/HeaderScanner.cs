using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// Looks at the header section of a message as its content comes by, in pieces cut anywhere, for what the server must know: how
/// often it was received, and whether it says who and when it is. It changes nothing.
/// </summary>
/// <remarks>
/// The section ends at the first empty line, or at the first line that is neither a field nor the continuation of one
/// (RFC 5322 §2.2; white space before the colon is taken, §4.5). After 256 KiB the scan ends as well.
/// </remarks>
public sealed class HeaderScanner
{
    /// <summary>How far into a message is looked, in octets.</summary>
    public const int MaximumLength = 256 * 1024;

    // The start of a line, kept while its end has not come. A name that does not end within it is no field name.
    private const int MaximumName = 256;

    private static readonly SearchValues<byte> s_nameEnd = SearchValues.Create(
        [.. Enumerable.Range(0, 33).Select(i => (byte)i), (byte)':', .. Enumerable.Range(127, 129).Select(i => (byte)i)]);

    private readonly byte[] _lineStart = new byte[MaximumName];
    private int _lineStartLength;
    private long _length;
    private long _lineBegin;
    private long? _end;
    private bool _seenLine;

    /// <summary>Whether no more content needs to be given.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The octets of the section, as far as it was looked at.</summary>
    public long SectionLength => _end ?? _length;

    /// <summary>Whether <see cref="SectionLength"/> is all of it.</summary>
    public bool IsWhole => _end is not null || _length < MaximumLength;

    /// <summary>The Received fields seen.</summary>
    public int ReceivedCount { get; private set; }

    /// <summary>Whether there is a Message-ID field.</summary>
    public bool HasMessageId { get; private set; }

    /// <summary>Whether there is a Date field.</summary>
    public bool HasDate { get; private set; }

    /// <summary>
    /// Whether the content begins with a line that belongs to no header section: then an empty line must follow the fields that are
    /// put before it, or they and it would be taken for one section.
    /// </summary>
    public bool NeedsSeparator { get; private set; }

    /// <summary>Takes the next piece of content.</summary>
    public void Feed(ReadOnlySpan<byte> content)
    {
        while (!IsDone && !content.IsEmpty)
        {
            var end = content.IndexOf((byte)'\n');
            var taken = end < 0 ? content.Length : end + 1;
            var line = content[..taken];
            _lineBegin = _lineStartLength == 0 ? _length : _lineBegin;
            if (end >= 0 && _lineStartLength == 0)
            {
                Line(line);
            }
            else
            {
                line[..Math.Min(taken, MaximumName - _lineStartLength)].CopyTo(_lineStart.AsSpan(_lineStartLength));
                _lineStartLength = Math.Min(MaximumName, _lineStartLength + taken);
                if (end >= 0)
                {
                    Line(_lineStart.AsSpan(0, _lineStartLength));
                    _lineStartLength = 0;
                }
            }

            _length += taken;
            content = content[taken..];
            IsDone |= _length >= MaximumLength;
        }
    }

    private void Line(ReadOnlySpan<byte> line)
    {
        var first = !_seenLine;
        _seenLine = true;
        if (line[0] is (byte)'\r' or (byte)'\n')
        {
            End();
            return;
        }

        if (line[0] is (byte)' ' or (byte)'\t')
        {
            // Before any field there is nothing that it could continue.
            NeedsSeparator = first;
            if (first)
            {
                End();
            }

            return;
        }

        if (!TryFieldName(line, out var name))
        {
            NeedsSeparator = first;
            End();
            return;
        }

        Field(name);
    }

    // The line that ends the section is no part of it.
    private void End()
    {
        IsDone = true;
        _end = _lineBegin;
    }

    private static bool TryFieldName(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name)
    {
        name = default;
        line = line[..Math.Min(line.Length, MaximumName)];
        var end = line.IndexOfAny(s_nameEnd);
        if (end <= 0)
        {
            return false;
        }

        name = line[..end];
        var rest = line[end..].TrimStart(" \t"u8);
        return !rest.IsEmpty && rest[0] == (byte)':';
    }

    private void Field(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 8 when Ascii.EqualsIgnoreCase(name, "Received"u8):
                ReceivedCount++;
                break;
            case 10 when Ascii.EqualsIgnoreCase(name, "Message-ID"u8):
                HasMessageId = true;
                break;
            case 4 when Ascii.EqualsIgnoreCase(name, "Date"u8):
                HasDate = true;
                break;
            default:
                break;
        }
    }
}
