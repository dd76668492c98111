using System.Globalization;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>What the caller is to do once the reply is written.</summary>
public enum SmtpServerEffect
{
    /// <summary>Read the next command.</summary>
    None,

    /// <summary>Read the message up to its end of data, then call <see cref="SmtpServerSession.Complete"/>.</summary>
    ReceiveData,

    /// <summary>Send what is written and close.</summary>
    Close,
}

/// <summary>One step of a session.</summary>
public readonly record struct SmtpStep(SmtpServerState Next, WireReply Reply, SmtpServerEffect Effect = SmtpServerEffect.None);

/// <summary>
/// The server's side of SMTP (RFC 5321 §4.1.4) as a pure function. Total over state × command: each pair has one row here.
/// Replies come in the order of the commands, so pipelining (RFC 2920) asks nothing more of it.
/// </summary>
public static class SmtpServerSession
{
    /// <summary>Answers <paramref name="command"/>.</summary>
    public static SmtpStep Step(SmtpServerState state, SmtpCommand command, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(policy);
        return (command, state.Phase) switch
        {
            (SmtpCommand.Malformed { IsMail: true } mail, SmtpServerPhase.Ready) =>
                Refuse(state with { MailRefused = true }, mail.Reply, policy),
            (SmtpCommand.Malformed malformed, _) => Refuse(state, malformed.Reply, policy),
            (SmtpCommand.Hello hello, _) => Greet(state, hello, policy),

            (SmtpCommand.Mail, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Mail mail, SmtpServerPhase.Ready) => BeginTransaction(state, mail, policy),
            (SmtpCommand.Mail, _) => Refuse(state, ServerReplies.NestedMail, policy),

            (SmtpCommand.Rcpt, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Rcpt, SmtpServerPhase.Ready) => RefuseWithoutMail(state, policy),
            (SmtpCommand.Rcpt rcpt, _) => AddRecipient(state, rcpt.Path.Mailbox ?? policy.Postmaster, rcpt.Path.IsPostmaster, policy),

            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Ready) => RefuseWithoutMail(state, policy),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Mail) => new(state, ServerReplies.NoRecipients),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, _) => new(state, ServerReplies.StartMailInput, SmtpServerEffect.ReceiveData),

            (SmtpCommand.Simple { Verb: SimpleVerb.Rset }, _) => new(EndTransaction(state), ServerReplies.Ok),
            (SmtpCommand.Simple { Verb: SimpleVerb.Noop }, _) => new(state, ServerReplies.Ok),
            (SmtpCommand.Simple { Verb: SimpleVerb.Vrfy }, _) => new(state, ServerReplies.CannotVerify),
            (SmtpCommand.Simple { Verb: SimpleVerb.Help }, _) => new(state, ServerReplies.Help),
            (SmtpCommand.Simple { Verb: SimpleVerb.Quit }, _) => new(state, ServerReplies.Bye, SmtpServerEffect.Close),

            // The sum is closed, so only a verb that is added without a row gets here.
            _ => Refuse(state, ServerReplies.NotImplemented, policy),
        };
    }

    /// <summary>
    /// Answers <paramref name="command"/> while the node drains: a transaction under way may go on to its end, anything else but
    /// QUIT is answered 421 (RFC 5321 §3.8).
    /// </summary>
    public static SmtpStep StepDraining(SmtpServerState state, SmtpCommand command, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            SmtpCommand.Simple { Verb: SimpleVerb.Quit } => Step(state, command, policy),
            SmtpCommand.Rcpt or SmtpCommand.Simple { Verb: SimpleVerb.Data } when state.InTransaction => Step(state, command, policy),
            _ => new SmtpStep(state, ServerReplies.ShuttingDown, SmtpServerEffect.Close),
        };
    }

    /// <summary>Ends a transaction whose data has been read with <paramref name="reply"/>, positive or not.</summary>
    public static SmtpStep Complete(SmtpServerState state, WireReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var next = EndTransaction(state);
        return reply.Reply.IsPositive
            ? new SmtpStep(next with { Messages = state.Messages + 1, Errors = 0 }, reply)
            : new SmtpStep(next, reply);
    }

    /// <summary>The reply to an accepted message.</summary>
    public static WireReply Queued(string queueId) =>
        new(new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), string.Create(CultureInfo.InvariantCulture, $"Ok: queued as {queueId}")));

    private static SmtpStep Greet(SmtpServerState state, SmtpCommand.Hello hello, SmtpServerPolicy policy) => new(
        EndTransaction(state) with { Phase = SmtpServerPhase.Ready, HelloName = hello.Name, Extended = hello.Extended },
        hello.Extended ? policy.EhloReply : policy.HeloReply);

    private static SmtpStep BeginTransaction(SmtpServerState state, SmtpCommand.Mail mail, SmtpServerPolicy policy)
    {
        if (IsSessionSpent(state, policy))
        {
            return new SmtpStep(state, ServerReplies.TooManyMessages, SmtpServerEffect.Close);
        }

        if (IsDeclaredTooBig(mail, policy))
        {
            return Refuse(state with { MailRefused = true }, ServerReplies.MessageTooBig, policy);
        }

        var next = state with
        {
            Phase = SmtpServerPhase.Mail,
            ReversePath = mail.Path,
            MailParameters = mail.Parameters,
            MailRefused = false,
        };
        return new SmtpStep(next, ServerReplies.SenderOk);
    }

    private static SmtpStep AddRecipient(SmtpServerState state, Mailbox recipient, bool isPostmaster, SmtpServerPolicy policy)
    {
        // RFC 5321 §4.5.1: mail to the postmaster of this host is always taken.
        if (!isPostmaster && !policy.Relay.Allows(recipient))
        {
            return Refuse(state, ServerReplies.RelayDenied, policy);
        }

        if (AreRecipientsFull(state, policy) && !state.Recipients.Contains(recipient))
        {
            // No error of the client's: it sends the rest in another transaction.
            return new SmtpStep(state, ServerReplies.TooManyRecipients);
        }

        var next = state with { Phase = SmtpServerPhase.Recipients, Recipients = state.Recipients.Add(recipient) };
        return new SmtpStep(next, ServerReplies.RecipientOk);
    }

    // What was pipelined behind a MAIL that we refused is not counted against the client: it could not know.
    private static SmtpStep RefuseWithoutMail(SmtpServerState state, SmtpServerPolicy policy) => state.MailRefused
        ? new SmtpStep(state, ServerReplies.MailFirst)
        : Refuse(state, ServerReplies.MailFirst, policy);

    private static SmtpStep Refuse(SmtpServerState state, WireReply reply, SmtpServerPolicy policy)
    {
        var next = state with { Errors = state.Errors + 1 };
        return next.Errors >= policy.MaximumErrors
            ? new SmtpStep(next, ServerReplies.TooManyErrors, SmtpServerEffect.Close)
            : new SmtpStep(next, reply);
    }

    private static bool IsSessionSpent(SmtpServerState state, SmtpServerPolicy policy) =>
        state.Messages >= policy.MaximumMessagesPerSession;

    private static bool AreRecipientsFull(SmtpServerState state, SmtpServerPolicy policy) =>
        state.Recipients.Count >= policy.MaximumRecipients;

    private static bool IsDeclaredTooBig(SmtpCommand.Mail mail, SmtpServerPolicy policy) =>
        mail.Parameters.Size > policy.MaximumMessageSize;

    private static SmtpServerState EndTransaction(SmtpServerState state) => state with
    {
        Phase = state.Phase == SmtpServerPhase.Connected ? SmtpServerPhase.Connected : SmtpServerPhase.Ready,
        ReversePath = ReversePath.Null,
        MailParameters = MailParameters.None,
        Recipients = RecipientList.Empty,
        MailRefused = false,
    };
}
