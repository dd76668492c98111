using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Submission;

/// <summary>A rule: mailboxes of <paramref name="From"/> become that of <paramref name="To"/>, which is for one domain.</summary>
public sealed record RewriteRule(AddressPattern From, AddressPattern To);

/// <summary>
/// Rewrites the addresses of senders, such as those of a domain that was given up. The first rule that matches decides; what it makes is not rewritten again.
/// </summary>
public sealed class AddressRewriter(ImmutableArray<RewriteRule> rules)
{
    /// <summary>Rewrites nothing.</summary>
    public static AddressRewriter None { get; } = new([]);

    /// <summary>Whether there is no rule.</summary>
    public bool IsEmpty => rules.IsEmpty;

    /// <summary>What a mailbox becomes; false if it stays as it is.</summary>
    public bool TryRewrite(Mailbox mailbox, [NotNullWhen(true)] out Mailbox? rewritten)
    {
        rewritten = null;
        foreach (var rule in rules)
        {
            if (rule.From.TryMatch(mailbox, out var captured))
            {
                return rule.To.TryFill(captured, out rewritten) && rewritten != mailbox;
            }
        }

        return false;
    }

    /// <summary>What a reverse-path becomes; the null one stays.</summary>
    public ReversePath Rewrite(ReversePath reversePath)
    {
        ArgumentNullException.ThrowIfNull(reversePath);
        return !reversePath.IsNull && TryRewrite(reversePath.Mailbox, out var rewritten) ? new ReversePath(rewritten) : reversePath;
    }
}
