using System.Collections.Immutable;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>What a client transaction is to carry.</summary>
/// <param name="ReversePath">The mailbox in wire form without angle brackets, or empty for the null reverse-path.</param>
/// <param name="Recipients">The mailboxes in wire form without angle brackets.</param>
/// <param name="Size">Octets of content, before dot-stuffing (RFC 1870 §3).</param>
/// <param name="EightBit">The content holds octets above 127.</param>
public readonly record struct SmtpEnvelope(string ReversePath, ImmutableArray<string> Recipients, long Size, bool EightBit)
{
    /// <summary>What the sender asked for; null for nothing.</summary>
    public SmtpRequests? Requests { get; init; }

    internal bool IsBinary => Requests is { Options.Body: MailBodyType.BinaryMime };

    /// <summary>The message as such needs SMTPUTF8, whoever its recipients are.</summary>
    internal bool NeedsUtf8 => Requests is { HeaderNeedsUtf8: true } || !Ascii.IsValid(ReversePath);

    /// <summary>Seconds within which it is to be delivered or given up; null where it is not asked to be given up.</summary>
    internal long? SecondsUntilGivenUp => Requests is { Options.DeliverBy.Mode: DeliverByMode.Return } ? Requests.DeliverBySeconds : null;
}

/// <summary>What a sender asked for, as a transaction carries it on.</summary>
/// <param name="Options">Of the message.</param>
/// <param name="Recipients">Of each recipient, in order; empty if nothing for any.</param>
public sealed record SmtpRequests(MailOptions Options, ImmutableArray<RecipientOptions> Recipients)
{
    /// <summary>What is left of the time of BY, in seconds; below 0 when it is over (RFC 2852 §4.1.3). Meaningless without BY.</summary>
    public long DeliverBySeconds { get; init; }

    /// <summary>The header section holds UTF-8.</summary>
    public bool HeaderNeedsUtf8 { get; init; }
}

/// <summary>How a client session presents itself.</summary>
/// <param name="Hostname">The name given in EHLO.</param>
/// <param name="Lmtp">Speak LMTP (RFC 2033): LHLO, and one reply per recipient after the final dot.</param>
/// <param name="StartTls">Use STARTTLS when it is offered; carry on in clear text when it is refused.</param>
public sealed record SmtpClientOptions(string Hostname, bool Lmtp, bool StartTls);
