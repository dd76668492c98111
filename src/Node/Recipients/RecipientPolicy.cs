using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// Refuses recipients that are not there, at RCPT, so that no bounce has to be sent to whoever is named as the sender; and expands aliases into the
/// transaction.
/// </summary>
internal sealed class RecipientPolicy(RecipientResolver resolver, ILogger<RecipientPolicy> logger) : ISmtpPolicy
{
    private static readonly EnhancedStatusCode s_badMailbox = new(5, 1, 1);

    private static readonly PolicyVerdict s_unknown = new PolicyVerdict.Reject(new SmtpReply(550, s_badMailbox, "No such mailbox here"));

    private static readonly PolicyVerdict s_away = new PolicyVerdict.Defer(
        new SmtpReply(451, new EnhancedStatusCode(4, 3, 0), "Recipients cannot be looked up now, try again later"));

    private static readonly PolicyVerdict s_broken = new PolicyVerdict.Defer(
        new SmtpReply(451, new EnhancedStatusCode(4, 3, 5), "The address is set up wrongly here, try again later"));

    /// <inheritdoc/>
    public string Name => "recipients";

    /// <inheritdoc/>
    public bool Concerns(PolicyStage stage) => stage == PolicyStage.Recipient;

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> OnRecipientAsync(PolicySession session, PolicyRecipient recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        var resolution = resolver.ResolveAsync(recipient.Mailbox, cancellationToken);
        return resolution.IsCompletedSuccessfully
            ? ValueTask.FromResult(Verdict(recipient, resolution.Result))
            : LaterAsync(recipient, resolution);
    }

    private async ValueTask<PolicyVerdict> LaterAsync(PolicyRecipient recipient, ValueTask<Resolution> resolution) =>
        Verdict(recipient, await resolution.ConfigureAwait(false));

    private PolicyVerdict Verdict(PolicyRecipient recipient, Resolution resolution)
    {
        switch (resolution)
        {
            case Resolution.Taken:
                return PolicyVerdict.Accepted;
            case Resolution.Expanded expanded:
                ImmutableArray<PolicyRecipient> targets = [.. expanded.Targets.Select(recipient.ForwardedTo)];
                return new PolicyVerdict.Accept([new PolicyAddition.Redirect(targets)]);
            case Resolution.Unknown { NextHopText: { } text }:
                return new PolicyVerdict.Reject(
                    new SmtpReply(550, s_badMailbox, string.Create(CultureInfo.InvariantCulture, $"No such mailbox, says the next hop: {text}")));
            case Resolution.Unknown:
                return s_unknown;
            case Resolution.Broken broken:
                logger.AliasRefused(recipient.Mailbox, broken.Reason);
                return s_broken;
            default:
                return s_away;
        }
    }
}
