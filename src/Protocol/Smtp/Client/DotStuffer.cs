using System.Buffers;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>
/// Makes message content transparent for DATA (RFC 5321 §4.5.2): a dot is put before every dot that begins a line, and the final dot
/// after the content. All other octets pass untouched.
/// </summary>
/// <remarks>
/// A line begins after any LF, not only after CRLF: content holds no lone LF when it comes from our own store, and if it ever did, a
/// peer that takes one for a line end must not see an end of message there (SMTP smuggling).
/// </remarks>
public sealed class DotStuffer
{
    private byte _beforeLast = (byte)'\r';
    private byte _last = (byte)'\n';

    /// <summary>Writes the next piece of the content.</summary>
    public void Write(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (content.IsEmpty)
        {
            return;
        }

        if (_last == '\n' && content[0] == '.')
        {
            output.Write("."u8);
        }

        _beforeLast = content.Length > 1 ? content[^2] : _last;
        _last = content[^1];
        for (var i = content.IndexOf("\n."u8); i >= 0; i = content.IndexOf("\n."u8))
        {
            output.Write(content[..(i + 1)]);
            output.Write("."u8);
            content = content[(i + 1)..];
        }

        output.Write(content);
    }

    /// <summary>Ends the message: the final dot on a line of its own, after a CRLF if the content did not end with one. Ready for the next message then.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(_last == '\n' && _beforeLast == '\r' ? ".\r\n"u8 : "\r\n.\r\n"u8);
        Reset();
    }

    /// <summary>Forgets a message that was not completed.</summary>
    public void Reset()
    {
        _beforeLast = (byte)'\r';
        _last = (byte)'\n';
    }
}
