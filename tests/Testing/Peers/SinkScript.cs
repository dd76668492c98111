using System.Collections.Immutable;
using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>What the sink does at the final dot.</summary>
public enum DotAction
{
    /// <summary>Records the mail, then answers 250.</summary>
    Accept,

    /// <summary>Answers <see cref="SinkScript.Refusal"/> and records nothing.</summary>
    Refuse,

    /// <summary>Records the mail and closes the connection without a reply: the client cannot know (RFC 1047).</summary>
    RecordAndDrop,

    /// <summary>Closes the connection without a reply and records nothing.</summary>
    Drop,

    /// <summary>Does not answer for <see cref="SinkScript.StallTime"/>, then closes the connection; records nothing.</summary>
    Stall,

    /// <summary>Answers with what is no reply, and records nothing.</summary>
    Nonsense,

    /// <summary>Answers 250 and records nothing: a sink that loses mail, to prove that a checker notices.</summary>
    Lose,
}

/// <summary>One mail that the sink took: its envelope, and its content to the octet.</summary>
/// <param name="ReversePath">Without angle brackets; empty for the null reverse-path.</param>
/// <param name="Recipients">Without angle brackets, in the order of their RCPT commands.</param>
/// <param name="Content">Dots unstuffed; empty or ending with CRLF.</param>
/// <param name="ReceivedAt">A <see cref="TimeProvider.GetTimestamp"/> of the system clock.</param>
public sealed record ReceivedMail(string ReversePath, ImmutableArray<string> Recipients, byte[] Content, long ReceivedAt)
{
    /// <summary>The name that the client gave in EHLO; empty if it gave none.</summary>
    public string Client { get; init; } = string.Empty;

    /// <summary>The MAIL command and the RCPT commands that were taken, as they came, one char per octet.</summary>
    public ImmutableArray<string> Commands { get; init; } = [];

    /// <summary>The client was told 250: false where the sink dropped the connection after the dot.</summary>
    public bool IsAnswered { get; init; } = true;

    /// <summary>The content, one char per octet.</summary>
    public string Text => Encoding.Latin1.GetString(Content);
}

/// <summary>How a sink behaves. Called on the session's thread; the functions may be called concurrently.</summary>
public sealed record SinkScript
{
    /// <summary>What it offers in reply to EHLO.</summary>
    public ImmutableArray<string> Extensions { get; init; } = ["PIPELINING", "SIZE 104857600", "8BITMIME", "ENHANCEDSTATUSCODES"];

    /// <summary>The whole reply line to RCPT of a recipient; null accepts it.</summary>
    public Func<string, string?> OnRecipient { get; init; } = _ => null;

    /// <summary>What to do with a mail at its final dot.</summary>
    public Func<ReceivedMail, DotAction> OnDot { get; init; } = _ => DotAction.Accept;

    /// <summary>The whole reply line of <see cref="DotAction.Refuse"/>.</summary>
    public string Refusal { get; init; } = "451 4.3.0 not now";

    /// <summary>How long <see cref="DotAction.Stall"/> lasts; for ever by default.</summary>
    public TimeSpan StallTime { get; init; } = Timeout.InfiniteTimeSpan;
}
