using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>What <see cref="SmtpReplyParser.Read"/> found.</summary>
public enum ReplyParseStatus
{
    /// <summary>All the octets were taken and the reply is not complete yet.</summary>
    NeedMore,

    /// <summary>One whole reply was taken; what follows it was left.</summary>
    Complete,

    /// <summary>The peer does not speak SMTP, or is out of bounds. The parser stays in this state.</summary>
    Malformed,
}

/// <summary>
/// Reads replies (RFC 5321 §4.2, enhanced status codes by RFC 2034 §4) from octets that come in pieces of any size, in bounded
/// memory whatever the peer sends.
/// </summary>
/// <remarks>
/// Lenient where that is harmless: a lone LF ends a line, the codes of a multi-line reply may differ (the last one counts, §4.2.1).
/// The text is decoded as UTF-8 and its control characters become '?', so that it can go into logs and reports as it is.
/// </remarks>
public sealed class SmtpReplyParser
{
    /// <summary>Octets of a line that are kept; the rest is dropped without failing the reply (RFC 5321 §4.5.3.1.5 asks for 512).</summary>
    public const int MaximumLineKept = 2_048;

    /// <summary>Octets of a line beyond which the peer is not taken seriously.</summary>
    public const int MaximumLineLength = 64 * 1024;

    /// <summary>Lines of one reply beyond which the peer is not taken seriously.</summary>
    public const int MaximumLines = 512;

    private const int LongestEnhancedCode = 9;

    private readonly List<string> _lines = [];
    private byte[]? _kept;
    private int _keptLength;
    private int _lineLength;
    private EnhancedStatusCode? _enhanced;
    private bool _malformed;

    /// <summary>
    /// Takes octets from the start of <paramref name="buffer"/>, up to the end of one reply or all there are.
    /// </summary>
    public ReplyParseStatus Read(ref ReadOnlySequence<byte> buffer, out SmtpReply? reply)
    {
        reply = null;
        while (!_malformed && !buffer.IsEmpty)
        {
            if (buffer.PositionOf((byte)'\n') is not { } end)
            {
                _malformed = !Gather(buffer);
                buffer = buffer.Slice(buffer.End);
                continue;
            }

            var line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            if (_lineLength == 0 && line.IsSingleSegment && line.Length <= MaximumLineKept)
            {
                TakeLine(line.FirstSpan, out reply);
            }
            else if (Gather(line))
            {
                TakeLine(_kept.AsSpan(0, _keptLength), out reply);
                _lineLength = _keptLength = 0;
            }
            else
            {
                _malformed = true;
            }

            if (reply is not null)
            {
                return ReplyParseStatus.Complete;
            }
        }

        return _malformed ? ReplyParseStatus.Malformed : ReplyParseStatus.NeedMore;
    }

    /// <summary>Keeps the first octets of an unfinished line and counts them all; false once it is too long.</summary>
    private bool Gather(in ReadOnlySequence<byte> part)
    {
        if (part.Length > MaximumLineLength - _lineLength)
        {
            return false;
        }

        _kept ??= new byte[MaximumLineKept];
        _lineLength += (int)part.Length;
        var kept = part.Slice(0, Math.Min(part.Length, _kept.Length - _keptLength));
        kept.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += (int)kept.Length;
        return true;
    }

    private void TakeLine(ReadOnlySpan<byte> line, out SmtpReply? reply)
    {
        reply = null;
        if (line is [.. var withoutCr, (byte)'\r'])
        {
            line = withoutCr;
        }

        if (!TryReadCode(line, out var code, out var isLast))
        {
            _malformed = true;
            return;
        }

        var text = line.Length > 4 ? Decode(StripEnhancedCode(code, line[4..])) : string.Empty;
        if (isLast && _lines.Count == 0)
        {
            reply = new SmtpReply(code, _enhanced, text);
            _enhanced = null;
            return;
        }

        _lines.Add(text);
        if (isLast)
        {
            reply = new SmtpReply(code, _enhanced?.Class == code / 100 ? _enhanced : null, [.. _lines]);
            _lines.Clear();
            _enhanced = null;
        }
        else if (_lines.Count >= MaximumLines)
        {
            _lines.Clear();
            _malformed = true;
        }
    }

    /// <summary><c>Reply-code [ "-" / SP text ]</c> with a code of 200 to 599 (RFC 5321 §4.2).</summary>
    private static bool TryReadCode(ReadOnlySpan<byte> line, out int code, out bool isLast)
    {
        code = 0;
        isLast = true;
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !IsDigit(line[1]) || !IsDigit(line[2]))
        {
            return false;
        }

        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        isLast = line.Length == 3 || line[3] == ' ';
        return isLast || line[3] == '-';
    }

    private static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';

    /// <summary>Takes the code off the text if there is one, if its class is that of the reply code and if it agrees with the lines before.</summary>
    private ReadOnlySpan<byte> StripEnhancedCode(int code, ReadOnlySpan<byte> text)
    {
        if (text.Length < 5 || text[1] != '.' || text[0] - '0' != code / 100)
        {
            return text;
        }

        var space = text.IndexOf((byte)' ');
        var token = space < 0 ? text : text[..space];
        Span<char> characters = stackalloc char[LongestEnhancedCode];
        if (token.Length > LongestEnhancedCode
            || !EnhancedStatusCode.TryParse(characters[..Encoding.Latin1.GetChars(token, characters)], out var enhanced)
            || (_enhanced is { } known && known != enhanced))
        {
            return text;
        }

        _enhanced = enhanced;
        return space < 0 ? default : text[(space + 1)..];
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0)
        {
            return Encoding.ASCII.GetString(text);
        }

        var decoded = Encoding.UTF8.GetString(text);
        return string.Create(decoded.Length, decoded, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = source[i];
                span[i] = char.IsControl(c) ? (c == '\t' ? ' ' : '?') : c;
            }
        });
    }
}
