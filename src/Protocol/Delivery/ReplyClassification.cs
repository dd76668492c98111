using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Protocol.Delivery;

/// <summary>
/// The whole policy of what a reply of the next hop means for our mail: soft or hard, and for what it holds.
/// </summary>
/// <remarks>
/// <code>
/// answers                     | reply             | kind      | scope     | because
/// ----------------------------+-------------------+-----------+-----------+--------------------------------------------------------
/// anything                    | 421               | Deferred  | Session   | the server is closing the channel (RFC 5321 §3.8)
/// greeting                    | 4xx, 5xx          | Deferred  | Session   | 554, 521: this host takes no mail, another MX host may
/// EHLO, HELO, LHLO, RSET      | 4xx, 5xx          | Deferred  | Session   | nothing before MAIL is about a message
/// STARTTLS                    | 4xx, 5xx          | –         | –         | opportunistic: carry on in clear text (RFC 7435)
/// MAIL                        | 4xx               | Deferred  | Message   | greylisting, rate limits, storage
///                             | 5xx               | Bounced   | Message   | the sender or the size is refused
/// RCPT                        | 4xx               | Deferred  | Recipient | 450 mailbox busy, 452 too many recipients
///                             | 552, 552 5.5.3    | Deferred  | Recipient | "too many recipients" of old servers (RFC 5321 §4.5.3.1.10)
///                             | other 5xx         | Bounced   | Recipient | also 552 5.2.2: an enhanced code is more precise
/// DATA, content, final dot    | 4xx               | Deferred  | Message   |
///                             | 5xx               | Bounced   | Message   | the content, or the transaction, is refused
/// final dot                   | 2xx               | Delivered | None      | the server has taken responsibility (RFC 5321 §6.1)
/// final dot with LMTP         | as SMTP           | as SMTP   | Recipient | one reply for each recipient (RFC 2033 §4.2)
/// QUIT, the empty message     | any               | –         | –         | nothing depends on it
/// any                         | out of place      | Deferred  | Session   | protocol error, e.g. 354 to RCPT or 250 to DATA
/// </code>
/// A connection that is lost or that times out, and everything that our side does wrong, is not here: see <see cref="LocalReply"/>.
/// </remarks>
public static class ReplyClassification
{
    /// <summary>What <paramref name="reply"/> means, given at <paramref name="stage"/>.</summary>
    /// <param name="stage">What the reply answers.</param>
    /// <param name="reply">The reply of the peer.</param>
    /// <param name="perRecipient">The reply to the final dot is for one recipient alone (LMTP).</param>
    public static RecipientOutcome Classify(SmtpClientStage stage, SmtpReply reply, bool perRecipient = false)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply.Code == 421)
        {
            return new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, reply);
        }

        if (stage == SmtpClientStage.FinalDot && reply.Code is >= 200 and < 300)
        {
            return new RecipientOutcome(OutcomeKind.Delivered, FailureScope.None, reply);
        }

        if (!reply.IsTransient && !reply.IsPermanent)
        {
            return OutOfPlace(stage, reply);
        }

        var kind = reply.IsTransient || IsTransientDespiteItsCode(stage, reply) ? OutcomeKind.Deferred : OutcomeKind.Bounced;
        return stage switch
        {
            SmtpClientStage.Recipient => new RecipientOutcome(kind, FailureScope.Recipient, reply),
            SmtpClientStage.FinalDot when perRecipient => new RecipientOutcome(kind, FailureScope.Recipient, reply),
            SmtpClientStage.Mail or SmtpClientStage.Data or SmtpClientStage.Content or SmtpClientStage.FinalDot
                => new RecipientOutcome(kind, FailureScope.Message, reply),
            _ => new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, reply),
        };
    }

    private static bool IsTransientDespiteItsCode(SmtpClientStage stage, SmtpReply reply) =>
        stage == SmtpClientStage.Recipient && reply.Code == 552
        && (reply.Enhanced is not { } enhanced || enhanced is { Subject: 5, Detail: 3 });

    private static RecipientOutcome OutOfPlace(SmtpClientStage stage, SmtpReply reply) => new(
        OutcomeKind.Deferred,
        FailureScope.Session,
        LocalReply.ProtocolError($"unexpected reply {stage.Describe()}: {reply}"));
}
