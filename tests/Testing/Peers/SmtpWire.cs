using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// The octets of an SMTP session, read strictly: a line ends with CRLF, content with CRLF.CRLF and nothing else. Written for
/// tests and independent of the code under test.
/// </summary>
internal sealed class SmtpWire(Stream stream)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next line without its CRLF, one char per octet; null at the end of the stream.</summary>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n"u8);
            if (found >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, searched + found);
                _start += searched + found + 2;
                return line;
            }

            searched = Math.Max(0, _end - _start - 1);
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    /// <summary>The content of a message up to its final dot, dots unstuffed (RFC 5321 section 4.5.2); null at the end of the stream.</summary>
    public async ValueTask<byte[]?> ReadContentAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            if (_end - _start >= 3 && _buffer.AsSpan(_start, 3).SequenceEqual(".\r\n"u8))
            {
                _start += 3;
                return [];
            }

            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n.\r\n"u8);
            if (found >= 0)
            {
                var content = Unstuff(_buffer.AsSpan(_start, searched + found + 2));
                _start += searched + found + 5;
                return content;
            }

            searched = Math.Max(0, _end - _start - 4);
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    /// <summary>Content as it goes over the wire: dots stuffed, CRLF.CRLF at its end. Content must end with CRLF or be empty.</summary>
    public static byte[] Stuff(ReadOnlySpan<byte> content)
    {
        var output = new MemoryStream(content.Length + 64);
        var lineStart = true;
        foreach (var octet in content)
        {
            if (lineStart && octet == '.')
            {
                output.WriteByte((byte)'.');
            }

            output.WriteByte(octet);
            lineStart = octet == '\n' && output.Length > 1 && output.GetBuffer()[output.Length - 2] == '\r';
        }

        output.Write(".\r\n"u8);
        return output.ToArray();
    }

    private static byte[] Unstuff(ReadOnlySpan<byte> stuffed)
    {
        var output = new byte[stuffed.Length];
        var length = 0;
        while (!stuffed.IsEmpty)
        {
            var end = stuffed.IndexOf("\r\n"u8);
            var line = end < 0 ? stuffed : stuffed[..(end + 2)];
            stuffed = stuffed[line.Length..];
            line = line[0] == '.' ? line[1..] : line;
            line.CopyTo(output.AsSpan(length));
            length += line.Length;
        }

        return output[..length];
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0 && _end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
