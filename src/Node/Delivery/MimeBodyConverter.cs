using System.Text;
using System.Threading.Channels;
using MimeKit;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Delivery;

/// <summary>
/// Converts messages by their MIME structure: parts that are not fit for the server get a Content-Transfer-Encoding that is, all else stays as it was
/// (RFC 6152 §3, RFC 3030 §3). Signatures over the content do not survive that, as with other MTAs: who signs sends 7-bit (RFC 6376 §5.3).
/// </summary>
/// <remarks>
/// A message is held in memory until it was sent, about three times: so a few at a time, and none above <see cref="MaximumSize"/>. Headers in
/// UTF-8 stay as they are.
/// </remarks>
internal sealed partial class MimeBodyConverter(ILogger<MimeBodyConverter> logger) : IBodyConverter
{
    /// <summary>Octets of the largest message that is converted.</summary>
    public const int MaximumSize = 16 * 1024 * 1024;

    private const int MaximumAtOnce = 4;
    private const int LongestLine = 998;

    private static readonly FormatOptions s_format = CreateFormat();
    // As a semaphore that nobody need dispose: who converts puts one in, and waits where there is no room.
    private readonly Channel<byte> _turns = Channel.CreateBounded<byte>(MaximumAtOnce);

    public async ValueTask<BodyReader?> ConvertAsync(BodyReader body, BodyConstraint constraint, CancellationToken cancellationToken)
    {
        if (body.Length > MaximumSize)
        {
            LogNotConverted(logger, body.Length, constraint, "it is too large");
            return null;
        }

        await _turns.Writer.WriteAsync(0, cancellationToken).ConfigureAwait(false);
        MemoryBodyReader? converted = null;
        try
        {
            converted = Convert(await ReadAsync(body, cancellationToken).ConfigureAwait(false), constraint, cancellationToken);
            return converted;
        }
        finally
        {
            if (converted is null)
            {
                _turns.Reader.TryRead(out _);
            }
        }
    }

    private MemoryBodyReader? Convert(MemoryStream original, BodyConstraint constraint, CancellationToken cancellationToken)
    {
        try
        {
            using var message = MimeMessage.Load(ParserOptions.Default, original, persistent: true, cancellationToken);
            if (message.Body is null)
            {
                LogNotConverted(logger, original.Length, constraint, "it has no content");
                return null;
            }

            Encode(message.Body, constraint);
            DeclareMime(message);
            using var output = new MemoryStream((int)original.Length * 3 / 2);
            message.WriteTo(s_format, output, cancellationToken);
            var converted = output.GetBuffer().AsMemory(0, (int)output.Length);
            if (WhyUnfit(converted.Span, constraint) is { } reason)
            {
                LogNotConverted(logger, original.Length, constraint, reason);
                return null;
            }

            LogConverted(logger, original.Length, converted.Length, constraint);
            return new MemoryBodyReader(converted, _turns.Reader);
        }
        catch (FormatException e)
        {
            LogNotConverted(logger, original.Length, constraint, e.Message);
            return null;
        }
    }

    // What holds octets without lines can be in base64 only: quoted-printable would take a lone LF for a line end.
    private static void Encode(MimeEntity entity, BodyConstraint constraint)
    {
        switch (entity)
        {
            case Multipart multipart:
                SetEncodingOfContainer(multipart, constraint);
                foreach (var part in multipart)
                {
                    Encode(part, constraint);
                }

                break;
            case MessagePart { Message.Body: { } inner } enclosed:
                SetEncodingOfContainer(enclosed, constraint);
                Encode(inner, constraint);
                break;
            case MimePart { ContentTransferEncoding: ContentEncoding.Base64 or ContentEncoding.QuotedPrintable or ContentEncoding.UUEncode }:
                break;
            case MimePart part when part.ContentTransferEncoding == ContentEncoding.Binary || !IsInLines(part):
                part.ContentTransferEncoding = ContentEncoding.Base64;
                break;
            case MimePart part:
                part.Prepare(constraint == BodyConstraint.SevenBit ? EncodingConstraint.SevenBit : EncodingConstraint.EightBit, LongestLine);
                break;
        }
    }

    private static bool IsInLines(MimePart part)
    {
        if (part.Content is not { } content)
        {
            return true;
        }

        using var octets = new MemoryStream();
        content.WriteTo(octets);
        return IsInLines(octets.GetBuffer().AsSpan(0, (int)octets.Length));
    }

    private static bool IsInLines(ReadOnlySpan<byte> content)
    {
        var lineEnds = content.Count("\r\n"u8);
        return !content.Contains((byte)0) && content.Count((byte)'\r') == lineEnds && content.Count((byte)'\n') == lineEnds;
    }

    private static void SetEncodingOfContainer(MimeEntity container, BodyConstraint constraint)
    {
        if (container.Headers.Contains(HeaderId.ContentTransferEncoding))
        {
            container.Headers[HeaderId.ContentTransferEncoding] = constraint == BodyConstraint.SevenBit ? "7bit" : "8bit";
        }
    }

    // A Content-Transfer-Encoding means something in MIME only; of what character set the octets are nobody said (RFC 1428 §3).
    private static void DeclareMime(MimeMessage message)
    {
        if (!message.Headers.Contains(HeaderId.MimeVersion))
        {
            message.Headers.Add(HeaderId.MimeVersion, "1.0");
            if (!message.Body!.Headers.Contains(HeaderId.ContentType))
            {
                message.Body.Headers.Add(HeaderId.ContentType, "text/plain; charset=unknown-8bit");
            }
        }
    }

    private static string? WhyUnfit(ReadOnlySpan<byte> content, BodyConstraint constraint)
    {
        if (!IsInLines(content))
        {
            return "it holds NUL, or a lone CR or LF, where no encoding can help";
        }

        var end = content.IndexOf("\r\n\r\n"u8);
        var body = end < 0 ? default : content[end..];
        return constraint == BodyConstraint.SevenBit && !Ascii.IsValid(body) ? "it holds 8-bit octets where no encoding can help" : null;
    }

    private static async Task<MemoryStream> ReadAsync(BodyReader body, CancellationToken cancellationToken)
    {
        var octets = new MemoryStream((int)body.Length);
        while (await body.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } chunk)
        {
            octets.Write(chunk.Span);
        }

        octets.Position = 0;
        return octets;
    }

    private static FormatOptions CreateFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        return format;
    }

    [LoggerMessage(2720, LogLevel.Debug, "A message of {Octets} octets was converted to {Converted} octets of {Constraint}: the next hop takes it in no other form", EventName = "BodyConverted")]
    private static partial void LogConverted(ILogger logger, long octets, long converted, BodyConstraint constraint);

    [LoggerMessage(2721, LogLevel.Information, "A message of {Octets} octets could not be converted to {Constraint}, and bounces: {Reason}", EventName = "BodyNotConverted")]
    private static partial void LogNotConverted(ILogger logger, long octets, BodyConstraint constraint, string reason);

    /// <summary>A body in memory, in one chunk; its memory is another's turn once it is disposed.</summary>
    private sealed class MemoryBodyReader(ReadOnlyMemory<byte> content, ChannelReader<byte> turns) : BodyReader
    {
        private bool _isRead;
        private bool _isDisposed;

        public override long Length => content.Length;

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
        {
            var chunk = _isRead ? default : content;
            _isRead = true;
            return new ValueTask<ReadOnlyMemory<byte>>(chunk);
        }

        public override ValueTask DisposeAsync()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                turns.TryRead(out _);
            }

            return default;
        }
    }
}
