using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// Reads the parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), AUTH (RFC 4954),
/// REQUIRETLS (RFC 8689), BY (RFC 2852), HOLDFOR and HOLDUNTIL (RFC 4865), MT-PRIORITY (RFC 6710). Whether they are offered is the
/// session's business.
/// </summary>
internal static class MailParameterParser
{
    private const int MaximumSizeDigits = 20;

    // RFC 3461 §4.4.
    private const int MaximumEnvelopeId = 100;

    private const int MaximumTimeDigits = 9;
    private const int LowestPriority = -9;
    private const int HighestPriority = 9;

    internal static bool TryParse(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out MailParameters? parameters, [NotNullWhen(false)] out WireReply? error)
    {
        parameters = MailParameters.None;
        var rest = new SmtpParameters(text);
        while (rest.MoveNext())
        {
            if (!IsKnown(rest))
            {
                parameters = null;
                error = ServerReplies.UnknownParameter;
                return false;
            }

            if (Take(rest, parameters) is not { } next)
            {
                parameters = null;
                error = ServerReplies.BadParameterValue;
                return false;
            }

            parameters = next;
        }

        error = rest.Error;
        parameters = error is null ? parameters : null;
        return error is null;
    }

    private static bool IsKnown(in SmtpParameters parameter) =>
        parameter.Is("SIZE"u8) || parameter.Is("BODY"u8) || parameter.Is("SMTPUTF8"u8) || parameter.Is("RET"u8) || parameter.Is("ENVID"u8)
        || parameter.Is("AUTH"u8) || parameter.Is("REQUIRETLS"u8) || parameter.Is("BY"u8) || parameter.Is("HOLDFOR"u8)
        || parameter.Is("HOLDUNTIL"u8) || parameter.Is("MT-PRIORITY"u8);

    // Null for a value that is wrong, and for a parameter that was given before: RFC 5321 §4.1.1.11 leaves it open, and two values
    // are one too many.
    private static MailParameters? Take(in SmtpParameters parameter, MailParameters given) => parameter.Keyword.Length switch
    {
        2 => given.By is null && TryDeliverBy(parameter.Value, out var by) ? given with { By = by } : null,
        3 => given.Return == DsnReturn.Unspecified && TryReturn(parameter.Value, out var @return) ? given with { Return = @return } : null,
        4 when parameter.Is("SIZE"u8) => given.Size is null && TrySize(parameter.Value, out var size) ? given with { Size = size } : null,
        4 when parameter.Is("BODY"u8) => TakeBody(parameter.Value, given),
        4 => !given.NamesAuthor && XText.TryDecode(parameter.Value, out _) ? given with { NamesAuthor = true } : null,
        5 => given.EnvelopeId is null && XText.TryDecodePrintable(parameter.Value, MaximumEnvelopeId, out var id) ? given with { EnvelopeId = id } : null,
        7 => given.HoldForSeconds is null && given.HoldUntil is null && TrySeconds(parameter.Value, out var seconds)
            ? given with { HoldForSeconds = seconds } : null,
        8 => given.SmtpUtf8 || parameter.HasValue ? null : given with { SmtpUtf8 = true },
        9 => given.HoldForSeconds is null && given.HoldUntil is null && TryTime(parameter.Value, out var time)
            ? given with { HoldUntil = time } : null,
        10 => given.RequireTls || parameter.HasValue ? null : given with { RequireTls = true },
        _ => given.Priority is null && TryPriority(parameter.Value, out var priority) ? given with { Priority = priority } : null,
    };

    private static bool TrySize(ReadOnlySpan<byte> value, out long size)
    {
        size = 0;
        if (value.IsEmpty || value.Length > MaximumSizeDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        // More than 63 bits is over every limit: the exact number no longer matters.
        size = long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
        return true;
    }

    private static MailParameters? TakeBody(ReadOnlySpan<byte> value, MailParameters given)
    {
        MailBodyType? body = Ascii.EqualsIgnoreCase(value, "8BITMIME"u8) ? MailBodyType.EightBitMime
            : Ascii.EqualsIgnoreCase(value, "7BIT"u8) ? MailBodyType.SevenBit
            : Ascii.EqualsIgnoreCase(value, "BINARYMIME"u8) ? MailBodyType.BinaryMime
            : null;
        return body is { } known && !given.HasBody ? given with { Body = known, HasBody = true } : null;
    }

    private static bool TryReturn(ReadOnlySpan<byte> value, out DsnReturn @return)
    {
        @return = Ascii.EqualsIgnoreCase(value, "FULL"u8) ? DsnReturn.Full
            : Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? DsnReturn.Headers
            : DsnReturn.Unspecified;
        return @return != DsnReturn.Unspecified;
    }

    private static bool TrySeconds(ReadOnlySpan<byte> value, out long seconds)
    {
        seconds = 0;
        return !value.IsEmpty && value.Length <= MaximumTimeDigits && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(value, out seconds, out _);
    }

    // RFC 3339, with a zone.
    private static bool TryTime(ReadOnlySpan<byte> value, out DateTimeOffset time)
    {
        time = default;
        return value.Length is >= 20 and <= 40 && Ascii.IsValid(value) && DateTimeOffset.TryParseExact(
            Encoding.ASCII.GetString(value).ToUpperInvariant(),
            ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    // by-value = by-time ";" by-mode [by-trace]; by-time = ["-" / "+"] 1*9DIGIT
    private static bool TryDeliverBy(ReadOnlySpan<byte> value, out DeliverByParameter by)
    {
        by = default;
        var semicolon = value.IndexOf((byte)';');
        if (semicolon < 1)
        {
            return false;
        }

        var time = value[..semicolon];
        var negative = time[0] == (byte)'-';
        time = time[0] is (byte)'-' or (byte)'+' ? time[1..] : time;
        var mode = value[(semicolon + 1)..];
        var trace = mode.Length == 2 && mode[1] is (byte)'T' or (byte)'t';
        if (!TrySeconds(time, out var seconds) || mode.IsEmpty || mode.Length != (trace ? 2 : 1))
        {
            return false;
        }

        by = new DeliverByParameter(
            negative ? -seconds : seconds, mode[0] is (byte)'R' or (byte)'r' ? DeliverByMode.Return : DeliverByMode.Notify, trace);
        return mode[0] is (byte)'R' or (byte)'r' or (byte)'N' or (byte)'n';
    }

    private static bool TryPriority(ReadOnlySpan<byte> value, out int priority)
    {
        priority = 0;
        return value.Length is 1 or 2 && value[0] != (byte)'+' && Utf8Parser.TryParse(value, out priority, out var consumed)
            && consumed == value.Length && priority is >= LowestPriority and <= HighestPriority;
    }
}
