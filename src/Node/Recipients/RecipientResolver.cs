using System.Collections.Immutable;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// Finds out what becomes of a recipient. For any number of callers. A recipient that a file knows is found without an allocation.
/// </summary>
/// <remarks>
/// In order: aliases, users, the next hop, and for what is still unknown the alias of the whole domain and the catch-all. With plus-addressing an address is
/// looked up with its tag, then without; the tag stays in the address. postmaster is always there (RFC 5321 §4.5.1). An
/// answer that some source could not give is never taken for a no.
/// </remarks>
/// <param name="domains">The domains that are checked.</param>
/// <param name="callAhead">Asks next hops; null if no domain wants it.</param>
/// <param name="acceptsAbuse">Whether abuse is always there, too (RFC 2142 §2).</param>
internal sealed class RecipientResolver(RecipientDomains domains, ICallAhead? callAhead, bool acceptsAbuse)
{
    /// <summary>How deep aliases may stand for aliases.</summary>
    public const int MaximumNesting = 10;

    /// <summary>For how many recipients one may stand.</summary>
    public const int MaximumExpansion = 1000;

    /// <summary>What becomes of <paramref name="mailbox"/>.</summary>
    public ValueTask<Resolution> ResolveAsync(Mailbox mailbox, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        return domains.Find(mailbox.DomainSpan) is { } domain
            ? ResolveAsync(mailbox, domain, cancellationToken)
            : ValueTask.FromResult(Resolution.AsItIs);
    }

    private async ValueTask<Resolution> ResolveAsync(Mailbox mailbox, RecipientDomain domain, CancellationToken cancellationToken)
    {
        var isReserved = IsReserved(mailbox);
        var alias = await FindAliasAsync(mailbox, domain, cancellationToken).ConfigureAwait(false);
        if (alias.Presence == Presence.Known)
        {
            return await ExpandAsync(mailbox, alias.Targets, cancellationToken).ConfigureAwait(false);
        }

        if (isReserved)
        {
            return Resolution.AsItIs;
        }

        if (alias.Presence == Presence.Away)
        {
            return Resolution.NotNow;
        }

        var presence = await FindUserAsync(mailbox, domain, cancellationToken).ConfigureAwait(false);
        var text = default(string);
        if (presence == Presence.Unknown && domain.CallAhead && callAhead is not null)
        {
            (presence, text) = await callAhead.AskAsync(mailbox, cancellationToken).ConfigureAwait(false);
        }

        return presence switch
        {
            Presence.Known => Resolution.AsItIs,
            Presence.Away => Resolution.NotNow,
            _ => await CatchAsync(mailbox, domain, text, cancellationToken).ConfigureAwait(false),
        };
    }

    private bool IsReserved(Mailbox mailbox) =>
        AddressKey.IsLocalPart(mailbox, "postmaster") || (acceptsAbuse && AddressKey.IsLocalPart(mailbox, "abuse"));

    private async ValueTask<Resolution> CatchAsync(Mailbox mailbox, RecipientDomain domain, string? nextHopText, CancellationToken cancellationToken)
    {
        var answer = await FindCatchAllAsync(mailbox, domain, cancellationToken).ConfigureAwait(false);
        return answer.Presence switch
        {
            Presence.Known => await ExpandAsync(mailbox, answer.Targets, cancellationToken).ConfigureAwait(false),
            Presence.Away => Resolution.NotNow,
            _ => nextHopText is null ? Resolution.NoSuchMailbox : new Resolution.Unknown(nextHopText),
        };
    }

    private static async ValueTask<AliasAnswer> FindCatchAllAsync(Mailbox mailbox, RecipientDomain domain, CancellationToken cancellationToken)
    {
        foreach (var source in domain.Aliases)
        {
            var answer = await source.FindForDomainAsync(mailbox.Domain, cancellationToken).ConfigureAwait(false);
            if (answer.Presence != Presence.Unknown)
            {
                return answer;
            }
        }

        return domain.CatchAll is { } catchAll ? AliasAnswer.Of([catchAll]) : AliasAnswer.None;
    }

    private static async ValueTask<AliasAnswer> FindAliasAsync(Mailbox mailbox, RecipientDomain domain, CancellationToken cancellationToken)
    {
        foreach (var source in domain.Aliases)
        {
            var answer = await source.FindAsync(mailbox, cancellationToken).ConfigureAwait(false);
            if (answer.Presence != Presence.Unknown)
            {
                return answer;
            }
        }

        return domain.PlusAddressing && !domain.Aliases.IsEmpty && AddressKey.TryWithoutTag(mailbox, out var plain)
            ? await FindAliasAsync(plain, domain, cancellationToken).ConfigureAwait(false)
            : AliasAnswer.None;
    }

    private static async ValueTask<Presence> FindUserAsync(Mailbox mailbox, RecipientDomain domain, CancellationToken cancellationToken)
    {
        var isAway = false;
        foreach (var source in domain.Users)
        {
            var presence = await source.FindAsync(mailbox, cancellationToken).ConfigureAwait(false);
            if (presence == Presence.Known)
            {
                return Presence.Known;
            }

            isAway |= presence == Presence.Away;
        }

        if (domain.PlusAddressing && !domain.Users.IsEmpty && AddressKey.TryWithoutTag(mailbox, out var plain))
        {
            var presence = await FindUserAsync(plain, domain, cancellationToken).ConfigureAwait(false);
            return presence == Presence.Unknown && isAway ? Presence.Away : presence;
        }

        return isAway ? Presence.Away : Presence.Unknown;
    }

    /// <summary>
    /// Expands an alias, level by level. An address that was met before is not expanded again, which ends loops; an alias that names itself is a mailbox, too.
    /// </summary>
    private async ValueTask<Resolution> ExpandAsync(Mailbox alias, ImmutableArray<Mailbox> targets, CancellationToken cancellationToken)
    {
        var met = new HashSet<string>(StringComparer.Ordinal) { AddressKey.Of(alias) };
        var found = new List<Mailbox>();
        var level = targets.Select(target => (Owner: alias, Target: target)).ToList();
        for (var depth = 1; level.Count > 0; depth++)
        {
            if (depth > MaximumNesting)
            {
                return new Resolution.Broken($"aliases stand for aliases more than {MaximumNesting} deep");
            }

            var next = new List<(Mailbox Owner, Mailbox Target)>();
            foreach (var (owner, target) in level)
            {
                var isNew = met.Add(AddressKey.Of(target));
                var answer = isNew ? await FindTargetAsync(target, cancellationToken).ConfigureAwait(false) : AliasAnswer.None;
                if (answer.Presence == Presence.Away)
                {
                    return Resolution.NotNow;
                }

                next.AddRange(answer.Targets.Select(further => (target, further)));
                if (answer.Presence == Presence.Unknown && (isNew || (AddressKey.Of(owner) == AddressKey.Of(target) && !found.Contains(target))))
                {
                    found.Add(target);
                }

                if (found.Count + next.Count > MaximumExpansion)
                {
                    return new Resolution.Broken($"it stands for more than {MaximumExpansion} recipients");
                }
            }

            level = next;
        }

        return found switch
        {
            [] => new Resolution.Broken("it stands for nothing but itself, by way of others"),
            [var only] when only == alias => Resolution.AsItIs,
            _ => new Resolution.Expanded([.. found]),
        };
    }

    /// <summary>
    /// What a target of an alias stands for itself. One that is no alias stays as it is, even if nobody knows it: the operator named it, and the next hop has the
    /// last word.
    /// </summary>
    private async ValueTask<AliasAnswer> FindTargetAsync(Mailbox target, CancellationToken cancellationToken)
    {
        if (domains.Find(target.DomainSpan) is not { } domain)
        {
            return AliasAnswer.None;
        }

        return await FindAliasAsync(target, domain, cancellationToken).ConfigureAwait(false);
    }
}
