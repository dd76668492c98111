using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Delivery;

/// <summary>The replies that we give in place of a peer that did not: lost connections, time-outs, nonsense, and what we refuse to send.</summary>
public static class LocalReply
{
    /// <summary>The connection was lost (RFC 3463 X.4.2). <paramref name="what"/> names peer, stage and cause.</summary>
    public static SmtpReply ConnectionLost(string what) => new(421, new EnhancedStatusCode(4, 4, 2), what);

    /// <summary>The peer never answered at all (RFC 3463 X.4.1).</summary>
    public static SmtpReply NoAnswer(string what) => new(421, new EnhancedStatusCode(4, 4, 1), what);

    /// <summary>The peer broke the protocol (RFC 3463 X.5.0). Transient: it may be a proxy or a mishap.</summary>
    public static SmtpReply ProtocolError(string what) => new(421, new EnhancedStatusCode(4, 5, 0), what);

    /// <summary>STARTTLS was agreed upon and the handshake failed (RFC 3207 §4, RFC 3463 X.7.5).</summary>
    public static SmtpReply TlsFailed(string what) => new(454, new EnhancedStatusCode(4, 7, 5), what);

    /// <summary>The body cannot be read at present (RFC 3463 X.3.0).</summary>
    public static SmtpReply BodyUnreadable(string what) => new(451, new EnhancedStatusCode(4, 3, 0), what);

    /// <summary>The body is lost or damaged for good (RFC 3463 X.3.0).</summary>
    public static SmtpReply BodyLost(string what) => new(554, new EnhancedStatusCode(5, 3, 0), what);

    /// <summary>The message is larger than the server says it takes (RFC 1870 §6.1, RFC 3463 X.3.4).</summary>
    public static SmtpReply TooLarge(string what) => new(552, new EnhancedStatusCode(5, 3, 4), what);

    /// <summary>A lack of REQUIRETLS at the server (RFC 8689 §4.2.1).</summary>
    public static SmtpReply RequireTlsNotOffered { get; } =
        new(550, new EnhancedStatusCode(5, 7, 30), "the message requires REQUIRETLS, which the server does not offer");

    /// <summary>No TLS with the server, or not with one that could prove its name (RFC 8689 §4.2.1, RFC 5248 X.7.10).</summary>
    public static SmtpReply VerifiedTlsNeeded { get; } =
        new(550, new EnhancedStatusCode(5, 7, 10), "the message requires TLS with a server whose certificate can be verified");

    /// <summary>The message holds UTF-8 where only SMTPUTF8 allows it (RFC 6531 §3.5, X.6.7).</summary>
    public static SmtpReply Utf8MessageNotTaken { get; } =
        new(550, new EnhancedStatusCode(5, 6, 7), "the sender or the header section needs SMTPUTF8, which the server does not offer");

    /// <summary>The forward-path holds UTF-8, which only SMTPUTF8 allows (RFC 6531 §3.5, X.6.7).</summary>
    public static SmtpReply Utf8RecipientNotTaken { get; } =
        new(553, new EnhancedStatusCode(5, 6, 7), "the recipient address needs SMTPUTF8, which the server does not offer");

    /// <summary>Binary content for a server that takes none, and that could not be converted (RFC 3030 §3, RFC 3463 X.6.1).</summary>
    public static SmtpReply BinaryNotTaken { get; } =
        new(554, new EnhancedStatusCode(5, 6, 1), "the message is in BINARYMIME, which the server does not offer, and could not be converted");

    /// <summary>8-bit content for a server that takes none, and that could not be converted (RFC 6152 §3, RFC 3463 X.6.3).</summary>
    public static SmtpReply EightBitNotTaken { get; } =
        new(554, new EnhancedStatusCode(5, 6, 3), "the message is in 8BITMIME, which the server does not offer, and could not be converted");

    /// <summary>The time of BY is over, or the server would need longer (RFC 2852 §4).</summary>
    public static SmtpReply DeliveryTimeExpired(string what) => new(554, new EnhancedStatusCode(5, 4, 7), what);

    /// <summary>More than the server takes in one session (RFC 9422, RFC 3463 X.5.3): the rest goes in another.</summary>
    public static SmtpReply LimitReached { get; } =
        new(451, new EnhancedStatusCode(4, 5, 3), "the server takes no more recipients in this session");

    /// <summary>The forward-path holds characters that no command line can carry (RFC 3463 X.1.3).</summary>
    public static SmtpReply UnsendableRecipient { get; } =
        new(553, new EnhancedStatusCode(5, 1, 3), "the recipient address holds characters that cannot be sent");

    /// <summary>The reverse-path holds characters that no command line can carry (RFC 3463 X.1.7).</summary>
    public static SmtpReply UnsendableSender { get; } =
        new(553, new EnhancedStatusCode(5, 1, 7), "the sender address holds characters that cannot be sent");
}
