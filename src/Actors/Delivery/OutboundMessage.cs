using System.Collections.Immutable;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <summary>How an outbound session is to be held.</summary>
/// <param name="Hostname">Our name, given in EHLO.</param>
/// <param name="PeerName">The peer's name, for TLS and for the text of failures.</param>
/// <param name="Lmtp">Speak LMTP (RFC 2033).</param>
/// <param name="StartTls">Use STARTTLS when it is offered.</param>
/// <param name="Timeouts">How long to wait for the peer.</param>
/// <param name="Time">The clock of the time-outs.</param>
public sealed record OutboundSessionOptions(
    string Hostname,
    string PeerName,
    bool Lmtp,
    bool StartTls,
    SmtpTimeouts Timeouts,
    TimeProvider Time)
{
    /// <summary>Converts content that the peer does not take as it is; null where nothing can, and such mail bounces.</summary>
    public IBodyConverter? Converter { get; init; }
}

/// <summary>One message on its way out.</summary>
/// <param name="ReversePath">The mailbox in wire form, or empty for the null reverse-path.</param>
/// <param name="Recipients">The mailboxes in wire form.</param>
/// <param name="Size">Octets of content, before dot-stuffing.</param>
/// <param name="EightBit">The content holds octets above 127.</param>
public sealed record OutboundMessage(string ReversePath, ImmutableArray<string> Recipients, long Size, bool EightBit)
{
    /// <summary>What the sender asked for; null for nothing.</summary>
    public SmtpRequests? Requests { get; init; }
}

/// <summary>What came of a delivery.</summary>
/// <param name="Outcomes">One for each recipient, in the same order.</param>
/// <param name="Reusable">The session takes another message.</param>
/// <param name="FinalDotSent">The final dot was handed to the connection: a failure after it may hide a success.</param>
public sealed record DeliveryReport(ImmutableArray<RecipientOutcome> Outcomes, bool Reusable, bool FinalDotSent)
{
    /// <summary>
    /// The peer had ended a session that earlier transactions had used, before it answered anything of this one (an idle time-out, a
    /// limit of messages): the message may be tried again at once on a new connection, and the attempt need not count.
    /// </summary>
    public bool StaleConnection { get; init; }

    /// <summary>The session is in order, but has taken all the transactions that the peer takes in one (MAILMAX, RFC 9422): it is to be ended with QUIT.</summary>
    public bool IsUsedUp { get; init; }
}
