using System.Globalization;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <content>MAIL, RCPT, DATA and BDAT, where they are in order.</content>
public static partial class SmtpServerSession
{
    /// <summary>The reply to a chunk that is not the last (RFC 3030 §2).</summary>
    public static SmtpStep ChunkTaken(SmtpServerState state, long size, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(policy);
        var next = state with { Phase = SmtpServerPhase.Chunks };
        var reply = new WireReply(new SmtpReply(
            250, new EnhancedStatusCode(2, 0, 0), string.Create(CultureInfo.InvariantCulture, $"{size} octets received")));

        // Nothing in it is no error, but without end it is no mail either.
        return size > 0 ? new SmtpStep(next, reply) : Refuse(next, reply, policy);
    }

    /// <summary>Adds recipients that others put in the place of the one that a RCPT named: what aliases stand for.</summary>
    /// <param name="before">The state before the RCPT.</param>
    /// <param name="recipients">Whom it stands for, and what was asked for each.</param>
    public static SmtpStep Redirected(SmtpServerState before, IEnumerable<(Mailbox Recipient, RecipientOptions Options)> recipients)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(recipients);
        return RecipientTaken(before, before.Recipients.AddRange(recipients));
    }

    /// <summary>A recipient that is said to be taken, and is not.</summary>
    public static SmtpStep RecipientDiscarded(SmtpServerState before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return RecipientTaken(before, before.Recipients);
    }

    private static SmtpStep RecipientTaken(SmtpServerState before, RecipientList recipients) => new(
        before with { Phase = SmtpServerPhase.Recipients, Recipients = recipients, AcceptedRcpts = before.AcceptedRcpts + 1 }, ServerReplies.RecipientOk);

    private static SmtpStep BeginTransaction(SmtpServerState state, SmtpCommand.Mail mail, SmtpServerPolicy policy)
    {
        if (IsSessionSpent(state, policy))
        {
            return new SmtpStep(state, ServerReplies.TooManyMessages, SmtpServerEffect.Close);
        }

        if (MailRefusal(state, mail, policy) is { } refusal)
        {
            return Refuse(state with { MailRefused = true }, refusal, policy);
        }

        var parameters = mail.Parameters is { Priority: > 0 } && !policy.MayRaisePriority ? mail.Parameters with { Priority = 0 } : mail.Parameters;
        var next = state with
        {
            Phase = SmtpServerPhase.Mail,
            ReversePath = mail.Path,
            MailParameters = parameters,
            MailRefused = false,
        };
        return new SmtpStep(next, ServerReplies.SenderOk);
    }

    private static WireReply? MailRefusal(SmtpServerState state, SmtpCommand.Mail mail, SmtpServerPolicy policy)
    {
        var parameters = mail.Parameters;
        return policy.RequireTls && !state.Secure ? ServerReplies.TlsFirst
            : policy.RequireAuth && state.User is null ? ServerReplies.AuthFirst
            : (parameters.Needed & ~policy.Offered(state)) != 0 ? ServerReplies.UnknownParameter
            : parameters.NamesAuthor && (policy.Extensions & ServerExtensions.Auth) == 0 ? ServerReplies.UnknownParameter
            : parameters.Size > policy.MaximumMessageSize ? ServerReplies.MessageTooBig
            : mail.Path.Mailbox is { IsAscii: false } && !parameters.SmtpUtf8 ? ServerReplies.NonAsciiAddress
            : parameters.HoldForSeconds > policy.MaximumHold.TotalSeconds ? ServerReplies.HoldTooLong
            : parameters.By is { Mode: DeliverByMode.Return, Seconds: <= 0 } ? ServerReplies.DeliverByTooShort
            : null;
    }

    private static SmtpStep AddRecipient(SmtpServerState state, SmtpCommand.Rcpt rcpt, SmtpServerPolicy policy)
    {
        var recipient = rcpt.Path.Mailbox ?? policy.Postmaster;
        if (rcpt.Options != RecipientOptions.None && (policy.Extensions & ServerExtensions.Dsn) == 0)
        {
            return Refuse(state, ServerReplies.UnknownParameter, policy);
        }

        if (!recipient.IsAscii && !state.MailParameters.SmtpUtf8)
        {
            return Refuse(state, ServerReplies.NonAsciiAddress, policy);
        }

        // RFC 5321 §4.5.1: mail to the postmaster of this host is always taken.
        if (!rcpt.Path.IsPostmaster && !policy.Relay.Allows(recipient))
        {
            return Refuse(state, ServerReplies.RelayDenied, policy);
        }

        if (AreRecipientsFull(state, policy) && !state.Recipients.Contains(recipient))
        {
            // No error of the client's: it sends the rest in another transaction.
            return new SmtpStep(state, ServerReplies.TooManyRecipients);
        }

        return RecipientTaken(state, state.Recipients.Add(recipient, rcpt.Options));
    }

    private static SmtpStep BeginData(SmtpServerState state, SmtpServerPolicy policy) => state.MailParameters.Body == MailBodyType.BinaryMime
        ? Refuse(state, ServerReplies.OnlyChunks, policy)
        : new SmtpStep(state, ServerReplies.StartMailInput, SmtpServerEffect.ReceiveData);

    // The octets come whatever the reply (RFC 3030 §4.2): they are skipped, unless there are more than a message may have.
    private static SmtpStep BeginChunk(SmtpServerState state, SmtpCommand.Bdat bdat, SmtpServerPolicy policy)
    {
        if (bdat.Size > policy.MaximumMessageSize)
        {
            return new SmtpStep(EndTransaction(state), ServerReplies.MessageTooBig, SmtpServerEffect.Close);
        }

        if (state.Phase is SmtpServerPhase.Recipients or SmtpServerPhase.Chunks && (policy.Extensions & ServerExtensions.Chunking) != 0)
        {
            return new SmtpStep(state, ServerReplies.Silence, SmtpServerEffect.ReceiveChunk);
        }

        var step = (policy.Extensions & ServerExtensions.Chunking) == 0 ? Refuse(state, ServerReplies.NotImplemented, policy)
            : state.Phase == SmtpServerPhase.Connected ? Refuse(state, ServerReplies.HelloFirst, policy)
            : state.Phase == SmtpServerPhase.Mail ? new SmtpStep(state, ServerReplies.NoRecipients)
            : RefuseWithoutMail(state, policy);
        return step.Effect == SmtpServerEffect.None ? step with { Effect = SmtpServerEffect.SkipChunk } : step;
    }

    private static bool IsSessionSpent(SmtpServerState state, SmtpServerPolicy policy) =>
        state.Messages >= policy.MaximumMessagesPerSession;

    private static bool AreRecipientsFull(SmtpServerState state, SmtpServerPolicy policy) =>
        state.Recipients.Count >= policy.MaximumRecipients;
}
