namespace MtaCluster.Protocol.Smtp.Server;

/// <content>STARTTLS, AUTH, and what only trusted peers may say.</content>
public static partial class SmtpServerSession
{
    /// <summary>The state under TLS: what was said before it is forgotten (RFC 3207 §4.2), but for the errors.</summary>
    public static SmtpServerState Secured(SmtpServerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return SmtpServerState.Start with { Secure = true, Errors = state.Errors };
    }

    /// <summary>The client is <paramref name="user"/>.</summary>
    public static SmtpStep Authenticated(SmtpServerState state, string user)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new SmtpStep(state with { User = user }, ServerReplies.Authenticated);
    }

    /// <summary>The client is who it says by nobody's word: the reply is <paramref name="reply"/>.</summary>
    public static SmtpStep AuthenticationFailed(SmtpServerState state, WireReply reply, SmtpServerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(policy);
        return reply.Reply.IsPermanent ? Refuse(state, reply, policy)
            : new SmtpStep(state, reply, reply.Reply.Code == 421 ? SmtpServerEffect.Close : SmtpServerEffect.None);
    }

    private static SmtpStep BeginTls(SmtpServerState state, SmtpServerPolicy policy) =>
        (policy.Extensions & ServerExtensions.StartTls) == 0 ? Refuse(state, ServerReplies.NotImplemented, policy)
        : state.Secure ? Refuse(state, ServerReplies.AlreadySecure, policy)
        : new SmtpStep(state, ServerReplies.ReadyForTls, SmtpServerEffect.StartTls);

    private static SmtpStep BeginAuthentication(SmtpServerState state, SmtpCommand.Auth auth, SmtpServerPolicy policy)
    {
        var refusal = (policy.Extensions & ServerExtensions.Auth) == 0 ? ServerReplies.NotImplemented
            : state.Phase == SmtpServerPhase.Connected ? ServerReplies.HelloFirst
            : state.InTransaction ? ServerReplies.NotInTransaction
            : state.User is not null ? ServerReplies.AlreadyAuthenticated
            : policy.MechanismsFor(state).Contains(auth.Mechanism) ? null
            : !state.Secure && (policy.Mechanisms.IsEmpty || policy.TlsMechanisms.Contains(auth.Mechanism)) ? ServerReplies.AuthNeedsTls
            : ServerReplies.UnknownMechanism;
        return refusal is null
            ? new SmtpStep(state, ServerReplies.Silence, SmtpServerEffect.Authenticate)
            : Refuse(state, refusal, policy);
    }

    private static SmtpStep BeginQueueRun(SmtpServerState state, SmtpServerPolicy policy)
    {
        var refusal = (policy.Extensions & ServerExtensions.Etrn) == 0 ? ServerReplies.NotImplemented
            : state.Phase == SmtpServerPhase.Connected ? ServerReplies.HelloFirst
            : state.InTransaction ? ServerReplies.NotInTransaction
            : null;
        return refusal is null
            ? new SmtpStep(state, ServerReplies.Silence, SmtpServerEffect.RunQueue)
            : Refuse(state, refusal, policy);
    }

    private static SmtpStep ChangeClient(SmtpServerState state, SmtpServerPolicy policy)
    {
        var refusal = (policy.Extensions & ServerExtensions.XClient) == 0 ? ServerReplies.NotTrusted
            : state.InTransaction ? ServerReplies.NotInTransaction
            : null;
        return refusal is null
            ? new SmtpStep(SmtpServerState.Start with { Secure = state.Secure, Errors = state.Errors }, ServerReplies.Silence, SmtpServerEffect.BecomeClient)
            : Refuse(state, refusal, policy);
    }

    private static SmtpStep NoteOrigin(SmtpServerState state, SmtpCommand.XForward forward, SmtpServerPolicy policy)
    {
        var refusal = (policy.Extensions & ServerExtensions.XForward) == 0 ? ServerReplies.NotTrusted
            : state.InTransaction ? ServerReplies.NotInTransaction
            : null;
        return refusal is null
            ? new SmtpStep(state with { Origin = (state.Origin ?? ClientAttributes.None).And(forward.Attributes) }, ServerReplies.Ok)
            : Refuse(state, refusal, policy);
    }
}
