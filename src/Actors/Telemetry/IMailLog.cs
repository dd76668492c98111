using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Telemetry;

/// <summary>One delivery attempt for one recipient.</summary>
/// <param name="Id">The message.</param>
/// <param name="ConnectionId">The outbound session, or null when none was opened.</param>
/// <param name="ReversePath">In wire form; empty for the null reverse-path.</param>
/// <param name="Recipient">In wire form.</param>
/// <param name="Destination">The destination whose limits applied.</param>
/// <param name="NextHop">The host and address that was tried, or null.</param>
/// <param name="Tls">TLS version and cipher suite, or null in clear text.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="Reply">The reply that decided it.</param>
/// <param name="Attempt">1 for the first attempt.</param>
/// <param name="NextAttempt">For a deferral: when it is tried again.</param>
/// <param name="Delays">Where the time went.</param>
public readonly record struct DeliveryAttempt(
    QueueId Id,
    string? ConnectionId,
    string ReversePath,
    string Recipient,
    string? Destination,
    string? NextHop,
    string? Tls,
    OutcomeKind Kind,
    SmtpReply Reply,
    int Attempt,
    DateTimeOffset? NextAttempt,
    DeliveryDelays Delays);

/// <summary>Where the time of a message went.</summary>
/// <param name="Queue">From its receipt to the start of this attempt.</param>
/// <param name="Connect">Opening the session: zero on one that was open.</param>
/// <param name="Transmission">From MAIL to the reply to the final dot.</param>
public readonly record struct DeliveryDelays(TimeSpan Queue, TimeSpan Connect, TimeSpan Transmission);

/// <summary>Why a sender is not told.</summary>
public enum SuppressionReason
{
    /// <summary>The message had the null reverse-path (RFC 5321 §6.1).</summary>
    NullReversePath,

    /// <summary>Its sender did not want to be told, by NOTIFY (RFC 3461 §4.1).</summary>
    NotWanted,
}

/// <summary>The mail log: what an operator greps first.</summary>
public interface IMailLog
{
    /// <summary>An attempt ended for one recipient.</summary>
    void Attempted(in DeliveryAttempt attempt);

    /// <summary>A DSN about message <paramref name="original"/> was made, to <paramref name="recipient"/>.</summary>
    void Reported(QueueId original, QueueId report, string recipient, int recipients, DsnKind kind);

    /// <summary>A failure or delay was not reported.</summary>
    void ReportSuppressed(QueueId original, int recipients, SuppressionReason reason);
}
