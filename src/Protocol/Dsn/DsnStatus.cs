using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The status of a recipient (RFC 3464 §2.3.4) where the peer gave no enhanced status code.</summary>
internal static class DsnStatus
{
    /// <summary>The enhanced status code of the reply, or the one its reply code stands for (RFC 5321 §4.2.3, RFC 5248).</summary>
    public static EnhancedStatusCode Of(SmtpReply reply)
    {
        if (reply.Enhanced is { } given)
        {
            return given;
        }

        if (reply.IsPositive)
        {
            return new EnhancedStatusCode(2, 0, 0);
        }

        var (subject, detail) = reply.Code switch
        {
            421 => (3, 2),
            450 => (2, 0),
            451 => (3, 0),
            452 => (3, 1),
            454 => (7, 0),
            500 => (5, 2),
            501 or 504 or 555 => (5, 4),
            502 or 503 => (5, 1),
            521 => (3, 2),
            530 or 534 or 535 or 538 => (7, 0),
            551 => (1, 6),
            552 => (2, 2),
            553 => (1, 3),
            556 => (1, 10),
            _ => (0, 0),
        };
        return new EnhancedStatusCode(reply.IsPermanent ? 5 : 4, subject, detail);
    }
}
