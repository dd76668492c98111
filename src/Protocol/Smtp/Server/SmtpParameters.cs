using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// <code>
/// Mail-parameters = esmtp-param *(SP esmtp-param)
/// esmtp-param     = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// esmtp-value     = 1*(%d33-60 / %d62-126)
/// </code>
/// RFC 5321 §4.1.2.
/// </summary>
internal static class SmtpParameters
{
    private const int MaximumSizeDigits = 20;

    private static readonly SearchValues<byte> s_keyword =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"u8);

    /// <summary>Reads the parameters of MAIL: SIZE (RFC 1870) and BODY (RFC 6152).</summary>
    internal static bool TryParseMail(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out MailParameters? parameters, [NotNullWhen(false)] out WireReply? error)
    {
        parameters = null;
        long? size = null;
        MailBodyType? body = null;
        while (TryNext(ref text, out var keyword, out var value, out error))
        {
            if (Ascii.EqualsIgnoreCase(keyword, "SIZE"u8))
            {
                error = size is null && TrySize(value, out size) ? null : ServerReplies.BadParameterValue;
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "BODY"u8))
            {
                error = body is null && TryBody(value, out body) ? null : ServerReplies.BadParameterValue;
            }
            else
            {
                error = ServerReplies.UnknownParameter;
            }

            if (error is not null)
            {
                return false;
            }
        }

        if (error is not null)
        {
            return false;
        }

        parameters = size is null && body is null ? MailParameters.None : new MailParameters(size, body ?? MailBodyType.SevenBit);
        return true;
    }

    /// <summary>Reads the parameters of RCPT: no offered extension defines any.</summary>
    internal static bool TryParseRcpt(ReadOnlySpan<byte> text, [NotNullWhen(false)] out WireReply? error)
    {
        if (TryNext(ref text, out _, out _, out error))
        {
            error = ServerReplies.UnknownParameter;
        }

        return error is null;
    }

    /// <summary>Takes the next parameter. False at the end, and, with <paramref name="error"/>, at one that is ill formed.</summary>
    private static bool TryNext(
        ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, out WireReply? error)
    {
        error = null;
        keyword = value = default;
        text = text.TrimStart(" \t"u8);
        if (text.IsEmpty)
        {
            return false;
        }

        var end = text.IndexOfAny((byte)' ', (byte)'\t');
        var parameter = end < 0 ? text : text[..end];
        text = text[parameter.Length..];
        var equals = parameter.IndexOf((byte)'=');
        keyword = equals < 0 ? parameter : parameter[..equals];
        value = equals < 0 ? default : parameter[(equals + 1)..];
        var wellFormed = !keyword.IsEmpty && keyword[0] != (byte)'-' && !keyword.ContainsAnyExcept(s_keyword)
            && (equals < 0 || (!value.IsEmpty && !value.Contains((byte)'=') && !value.ContainsAnyExceptInRange((byte)33, (byte)126)));
        error = wellFormed ? null : ServerReplies.BadArguments;
        return wellFormed;
    }

    private static bool TrySize(ReadOnlySpan<byte> value, out long? size)
    {
        size = null;
        if (value.IsEmpty || value.Length > MaximumSizeDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        // More than 63 bits is over every limit: the exact number no longer matters.
        size = long.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
        return true;
    }

    private static bool TryBody(ReadOnlySpan<byte> value, out MailBodyType? body)
    {
        body = Ascii.EqualsIgnoreCase(value, "8BITMIME"u8) ? MailBodyType.EightBitMime
            : Ascii.EqualsIgnoreCase(value, "7BIT"u8) ? MailBodyType.SevenBit
            : null;
        return body is not null;
    }
}
