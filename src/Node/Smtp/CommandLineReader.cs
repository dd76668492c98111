using System.Buffers;

namespace MtaCluster.Node.Smtp;

/// <summary>What the front of the input is.</summary>
internal enum CommandLineStatus
{
    /// <summary>No line has ended yet.</summary>
    Incomplete,

    /// <summary>A line.</summary>
    Line,

    /// <summary>A line over the limit has ended; it is gone.</summary>
    TooLong,

    /// <summary>A LF without its CR. What follows cannot be told from text that somebody else put into the stream.</summary>
    BareLineFeed,
}

/// <summary>Cuts the input into command lines. Holds at most one line, however long the client makes it.</summary>
/// <param name="maximumLength">The longest line in octets, with its CR LF.</param>
internal sealed class CommandLineReader(int maximumLength)
{
    private byte[]? _joined;
    private bool _discarding;

    /// <summary>
    /// Takes one line from the front of <paramref name="buffer"/>. <paramref name="line"/>, without its CR LF, is good until the next call
    /// or until the buffer is given back.
    /// </summary>
    internal CommandLineStatus Read(ref ReadOnlySequence<byte> buffer, out ReadOnlySpan<byte> line)
    {
        line = default;
        var first = buffer.FirstSpan;
        var end = first.IndexOf((byte)'\n');
        if (end >= 0)
        {
            buffer = buffer.Slice(end + 1);
            return Judge(first[..(end + 1)], end + 1, ref line);
        }

        if (buffer.IsSingleSegment || buffer.PositionOf((byte)'\n') is not { } newLine)
        {
            Discard(ref buffer);
            return CommandLineStatus.Incomplete;
        }

        var whole = buffer.Slice(0, buffer.GetPosition(1, newLine));
        buffer = buffer.Slice(whole.End);

        // Of a line that is too long its end is enough: it is judged, not read.
        var kept = whole.Length > maximumLength ? whole.Slice(whole.Length - 2) : whole;
        _joined ??= new byte[maximumLength];
        kept.CopyTo(_joined);
        return Judge(_joined.AsSpan(0, (int)kept.Length), whole.Length, ref line);
    }

    private CommandLineStatus Judge(ReadOnlySpan<byte> whole, long length, ref ReadOnlySpan<byte> line)
    {
        if (whole.Length < 2 || whole[^2] != (byte)'\r')
        {
            return CommandLineStatus.BareLineFeed;
        }

        if (_discarding || length > maximumLength)
        {
            _discarding = false;
            return CommandLineStatus.TooLong;
        }

        line = whole[..^2];
        return CommandLineStatus.Line;
    }

    // The last octet stays: it may be the CR of the line end.
    private void Discard(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length > maximumLength || (_discarding && buffer.Length > 1))
        {
            _discarding = true;
            buffer = buffer.Slice(buffer.Length - 1);
        }
    }
}
