namespace MtaCluster.Protocol.Policy;

/// <summary>
/// Has a say in who may send what: recipient checks, and whatever is to come, such as SPF, a milter or a content filter. One for all sessions,
/// asked by many at once. It is asked at each stage, accepts where it does not say otherwise, and keeps nothing about a session.
/// </summary>
/// <remarks>
/// The token ends when the session does or the time of the policy is over. A policy that knows its answer completes at once, without an allocation:
/// <c>ValueTask.FromResult(PolicyVerdict.Accepted)</c>. What it throws is a fault of its own, which its rule turns into a verdict.
/// </remarks>
public interface ISmtpPolicy
{
    /// <summary>Its name, for logs.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it wants to be asked at a stage; always the same answer. At all but the end of data if it does not say otherwise: header sections
    /// are kept only for policies that look at them. What no policy wants to be asked costs a session nothing.
    /// </summary>
    bool Concerns(PolicyStage stage) => stage != PolicyStage.Message;

    /// <summary>Asked before the greeting.</summary>
    ValueTask<PolicyVerdict> OnConnectAsync(PolicySession session, CancellationToken cancellationToken) => ValueTask.FromResult(PolicyVerdict.Accepted);

    /// <summary>Asked at EHLO, HELO and LHLO.</summary>
    ValueTask<PolicyVerdict> OnHelloAsync(PolicySession session, CancellationToken cancellationToken) => ValueTask.FromResult(PolicyVerdict.Accepted);

    /// <summary>Asked at MAIL.</summary>
    ValueTask<PolicyVerdict> OnMailAsync(PolicySession session, CancellationToken cancellationToken) => ValueTask.FromResult(PolicyVerdict.Accepted);

    /// <summary>Asked at RCPT, for each recipient that the client may send to.</summary>
    ValueTask<PolicyVerdict> OnRecipientAsync(PolicySession session, PolicyRecipient recipient, CancellationToken cancellationToken) =>
        ValueTask.FromResult(PolicyVerdict.Accepted);

    /// <summary>Asked at the end of data.</summary>
    ValueTask<PolicyVerdict> OnMessageAsync(PolicySession session, PolicyMessage message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(PolicyVerdict.Accepted);
}
