using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// Lets a message with the null reverse-path have one recipient. A report answers one message and goes to the one who sent it (RFC 5321 §3.6.3); what names
/// several is nearly always a forgery that hides its sender.
/// </summary>
/// <remarks>
/// Others refuse such a message as a whole and for good (550 5.5.3). 452 4.5.3 (RFC 5321 §4.5.3.1.10) costs the forger the same, while an honest client
/// sends the rest in transactions of their own and loses nothing.
/// </remarks>
internal sealed class ReportPolicy : ISmtpPolicy
{
    private static readonly PolicyVerdict s_tooMany = new PolicyVerdict.Defer(
        new SmtpReply(452, new EnhancedStatusCode(4, 5, 3), "A message from <> may have one recipient, send to the others separately"));

    /// <inheritdoc/>
    public string Name => "reports";

    /// <inheritdoc/>
    public bool Concerns(PolicyStage stage) => stage == PolicyStage.Recipient;

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnRecipientAsync(PolicySession session, PolicyRecipient recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        return ValueTask.FromResult(session.ReversePath.IsNull && session.Recipients.Count > 0 ? s_tooMany : PolicyVerdict.Accepted);
    }
}
