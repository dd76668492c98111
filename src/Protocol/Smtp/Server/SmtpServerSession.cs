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

    /// <summary>Read the chunk of the BDAT command, then call <see cref="SmtpServerSession.ChunkTaken"/> or <see cref="SmtpServerSession.Complete"/>.</summary>
    ReceiveChunk,

    /// <summary>Read the chunk of the BDAT command and forget it: it has been answered.</summary>
    SkipChunk,

    /// <summary>
    /// Ask the policies about the command before its reply is given. Never comes out of a step: the caller knows whether it has policies.
    /// </summary>
    AskPolicies,

    /// <summary>Send what is written, throw away what came behind the command, and begin TLS.</summary>
    StartTls,

    /// <summary>Run the exchange of the AUTH command, then call <see cref="SmtpServerSession.Authenticated"/> or <see cref="SmtpServerSession.AuthenticationFailed"/>.</summary>
    Authenticate,

    /// <summary>Try the queued messages of the ETRN command again, and answer.</summary>
    RunQueue,

    /// <summary>From here on the client is the one of the XCLIENT command: greet it.</summary>
    BecomeClient,

    /// <summary>Send what is written and close.</summary>
    Close,
}

/// <summary>One step of a session.</summary>
public readonly record struct SmtpStep(SmtpServerState Next, WireReply Reply, SmtpServerEffect Effect = SmtpServerEffect.None);

/// <summary>
/// The server's side of SMTP (RFC 5321 §4.1.4) as a pure function. Total over state × command: each pair has one row here.
/// Replies come in the order of the commands, so pipelining (RFC 2920) asks nothing more of it.
/// </summary>
public static partial class SmtpServerSession
{
    /// <summary>Answers <paramref name="command"/>.</summary>
    public static SmtpStep Step(SmtpServerState state, SmtpCommand command, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(policy);
        return (command, state.Phase) switch
        {
            (SmtpCommand.Malformed { IsFatal: true } fatal, _) => new(state, fatal.Reply, SmtpServerEffect.Close),
            (SmtpCommand.Malformed { IsMail: true } mail, SmtpServerPhase.Ready) =>
                Refuse(state with { MailRefused = true }, mail.Reply, policy),
            (SmtpCommand.Malformed malformed, _) => Refuse(state, malformed.Reply, policy),
            (SmtpCommand.Hello hello, _) when hello.IsLmtp != policy.Lmtp => Refuse(state, ServerReplies.UnknownCommand, policy),
            (SmtpCommand.Hello hello, _) => Greet(state, hello, policy),

            (SmtpCommand.Mail, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Mail mail, SmtpServerPhase.Ready) => BeginTransaction(state, mail, policy),
            (SmtpCommand.Mail, _) => Refuse(state, ServerReplies.NestedMail, policy),

            (SmtpCommand.Rcpt, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Rcpt, SmtpServerPhase.Ready) => RefuseWithoutMail(state, policy),
            (SmtpCommand.Rcpt, SmtpServerPhase.Chunks) => Refuse(state, ServerReplies.OnlyChunks, policy),
            (SmtpCommand.Rcpt rcpt, _) => AddRecipient(state, rcpt, policy),

            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Connected) => Refuse(state, ServerReplies.HelloFirst, policy),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Ready) => RefuseWithoutMail(state, policy),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Mail) => new(state, ServerReplies.NoRecipients),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, SmtpServerPhase.Recipients) => BeginData(state, policy),
            (SmtpCommand.Simple { Verb: SimpleVerb.Data }, _) => Refuse(state, ServerReplies.OnlyChunks, policy),

            (SmtpCommand.Bdat bdat, _) => BeginChunk(state, bdat, policy),

            (SmtpCommand.Simple { Verb: SimpleVerb.StartTls }, _) => BeginTls(state, policy),
            (SmtpCommand.Auth auth, _) => BeginAuthentication(state, auth, policy),
            (SmtpCommand.Etrn, _) => BeginQueueRun(state, policy),
            (SmtpCommand.XClient, _) => ChangeClient(state, policy),
            (SmtpCommand.XForward forward, _) => NoteOrigin(state, forward, policy),

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
            SmtpCommand.Rcpt or SmtpCommand.Bdat or SmtpCommand.Simple { Verb: SimpleVerb.Data } when state.InTransaction =>
                Step(state, command, policy),
            _ => new SmtpStep(state, ServerReplies.ShuttingDown, SmtpServerEffect.Close),
        };
    }

    /// <summary>
    /// Answers <paramref name="command"/> while nothing can be made durable: no transaction begins and no message is read, so that clients
    /// keep their mail at the price of a line; all else goes on.
    /// </summary>
    public static SmtpStep StepWithoutStore(SmtpServerState state, SmtpCommand command, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        var step = Step(state, command, policy);
        var begins = step.Next.InTransaction && !state.InTransaction;
        return step.Effect == SmtpServerEffect.ReceiveChunk
            ? new SmtpStep(EndTransaction(state) with { MailRefused = true }, ServerReplies.StoreUnavailable, SmtpServerEffect.SkipChunk)
            : begins || step.Effect == SmtpServerEffect.ReceiveData ? new SmtpStep(state, ServerReplies.StoreUnavailable) : step;
    }

    /// <summary>Ends a transaction whose data has been read with <paramref name="reply"/>, positive or not.</summary>
    public static SmtpStep Complete(SmtpServerState state, WireReply reply)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(reply);

        // What is pipelined behind a chunk that was refused fails with it, through no fault of its own.
        var next = EndTransaction(state) with { MailRefused = !reply.Reply.IsPositive };
        return reply.Reply.IsPositive
            ? new SmtpStep(next with { Messages = state.Messages + 1, Errors = 0 }, reply)
            : new SmtpStep(next, reply);
    }

    /// <summary>The reply to an accepted message.</summary>
    public static WireReply Queued(string queueId) =>
        new(new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), string.Create(CultureInfo.InvariantCulture, $"Ok: queued as {queueId}")));

    /// <summary>
    /// Undoes a step of MAIL or RCPT that was answered positively but that somebody else refuses: the reply is <paramref name="refusal"/>.
    /// </summary>
    /// <param name="before">The state before that step.</param>
    /// <param name="command">The command.</param>
    /// <param name="refusal">The reply.</param>
    /// <param name="policy">The policy.</param>
    public static SmtpStep Refused(SmtpServerState before, SmtpCommand command, WireReply refusal, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(refusal);
        ArgumentNullException.ThrowIfNull(policy);
        var state = command is SmtpCommand.Mail ? before with { MailRefused = true } : before;
        return refusal.Reply.IsPermanent ? Refuse(state, refusal, policy) : new SmtpStep(state, refusal);
    }

    private static SmtpStep Greet(SmtpServerState state, SmtpCommand.Hello hello, SmtpServerPolicy policy)
    {
        var next = EndTransaction(state) with { Phase = SmtpServerPhase.Ready, HelloName = hello.Name, Extended = hello.Extended };
        return new SmtpStep(next, hello.Extended ? EhloReply.Make(policy, next) : policy.HeloReply);
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

    private static SmtpServerState EndTransaction(SmtpServerState state) => state with
    {
        Phase = state.Phase == SmtpServerPhase.Connected ? SmtpServerPhase.Connected : SmtpServerPhase.Ready,
        ReversePath = ReversePath.Null,
        Origin = null,
        MailParameters = MailParameters.None,
        Recipients = RecipientList.Empty,
        AcceptedRcpts = 0,
        MailRefused = false,
    };
}
