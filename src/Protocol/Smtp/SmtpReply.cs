using System.Collections.Immutable;
using System.Globalization;

namespace MtaCluster.Protocol.Smtp;

/// <summary>
/// An SMTP reply, ours or a peer's: reply code, optional enhanced status code and text lines (RFC 5321 §4.2, RFC 2034).
/// The lines hold neither code nor line end; an enhanced status code is not repeated in them.
/// </summary>
public sealed record SmtpReply(int Code, EnhancedStatusCode? Enhanced, ImmutableArray<string> Lines)
{
    /// <summary>A one-line reply.</summary>
    public SmtpReply(int code, EnhancedStatusCode? enhanced, string text)
        : this(code, enhanced, [text])
    {
    }

    /// <summary>2xx or 3xx.</summary>
    public bool IsPositive => Code is >= 200 and < 400;

    /// <summary>4xx: the same command may succeed later.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5xx: the same command will not succeed.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>All lines joined by spaces, without the codes.</summary>
    public string Text => Lines.Length == 1 ? Lines[0] : string.Join(' ', Lines);

    /// <summary>The reply on one line for logs and diagnostic codes: <c>550 5.1.1 no such user</c>.</summary>
    public override string ToString() => Enhanced is { } enhanced
        ? string.Create(CultureInfo.InvariantCulture, $"{Code} {enhanced} {Text}")
        : string.Create(CultureInfo.InvariantCulture, $"{Code} {Text}");

    /// <summary>By value: two replies with equal lines are equal.</summary>
    public bool Equals(SmtpReply? other) => other is not null
        && Code == other.Code && Enhanced == other.Enhanced && Lines.AsSpan().SequenceEqual(other.Lines.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Enhanced, Lines.Length, Lines.IsDefaultOrEmpty ? null : Lines[0]);
}
