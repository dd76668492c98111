using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// <code>
/// Mail-parameters = esmtp-param *(SP esmtp-param)
/// esmtp-param     = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// esmtp-value     = 1*(%d33-60 / %d62-126)
/// </code>
/// RFC 5321 §4.1.2; within SMTPUTF8, values may hold UTF-8 (RFC 6531 §3.3).
/// </summary>
internal ref struct SmtpParameters(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> s_keyword =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"u8);

    private ReadOnlySpan<byte> _text = text;

    /// <summary>What is wrong with the parameter at which <see cref="MoveNext"/> ended.</summary>
    internal WireReply? Error { get; private set; }

    /// <summary>The keyword.</summary>
    internal ReadOnlySpan<byte> Keyword { get; private set; }

    /// <summary>Whether there is a value: if there is, it is not empty.</summary>
    internal readonly bool HasValue => !Value.IsEmpty;

    /// <summary>The value.</summary>
    internal ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether the keyword is <paramref name="keyword"/>, in any case.</summary>
    internal readonly bool Is(ReadOnlySpan<byte> keyword) => Ascii.EqualsIgnoreCase(Keyword, keyword);

    /// <summary>Takes the next parameter. False at the end, and, with <see cref="Error"/>, at one that is ill formed.</summary>
    internal bool MoveNext()
    {
        Keyword = Value = default;
        _text = _text.TrimStart(" \t"u8);
        if (_text.IsEmpty)
        {
            return false;
        }

        var end = _text.IndexOfAny((byte)' ', (byte)'\t');
        var parameter = end < 0 ? _text : _text[..end];
        _text = _text[parameter.Length..];
        var equals = parameter.IndexOf((byte)'=');
        Keyword = equals < 0 ? parameter : parameter[..equals];
        Value = equals < 0 ? default : parameter[(equals + 1)..];
        var wellFormed = !Keyword.IsEmpty && Keyword[0] != (byte)'-' && !Keyword.ContainsAnyExcept(s_keyword)
            && (equals < 0 || (!Value.IsEmpty && !Value.Contains((byte)'=') && !Value.ContainsAnyInRange((byte)0, (byte)32)
                && System.Text.Unicode.Utf8.IsValid(Value)));
        Error = wellFormed ? null : ServerReplies.BadArguments;
        return wellFormed;
    }
}
