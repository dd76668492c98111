using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Delivery;

/// <summary>What one delivery attempt meant for one recipient.</summary>
public enum OutcomeKind
{
    /// <summary>The next hop has taken responsibility (2xx to the final dot).</summary>
    Delivered,

    /// <summary>A transient failure: try again later.</summary>
    Deferred,

    /// <summary>A permanent failure: report it to the reverse-path.</summary>
    Bounced,
}

/// <summary>What a failure was about: it decides what else it holds for.</summary>
public enum FailureScope
{
    /// <summary>No failure.</summary>
    None,

    /// <summary>This recipient alone.</summary>
    Recipient,

    /// <summary>This message, whoever its recipient.</summary>
    Message,

    /// <summary>The session: greeting, EHLO, TLS, a lost or timed-out connection. Another MX host may do better.</summary>
    Session,
}

/// <summary>The outcome of one attempt for one recipient, with the reply that decided it (the peer's, or ours when no peer spoke).</summary>
public sealed record RecipientOutcome(OutcomeKind Kind, FailureScope Scope, SmtpReply Reply);
