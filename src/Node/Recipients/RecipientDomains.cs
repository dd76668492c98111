using System.Collections.Frozen;
using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>Where the recipients of a domain, or of all domains below one, are known.</summary>
internal sealed record RecipientDomain(DomainPattern Pattern)
{
    /// <summary>Who knows its mailboxes.</summary>
    public ImmutableArray<IUserSource> Users { get; init; } = [];

    /// <summary>Who knows its aliases, in order: the first that knows one decides.</summary>
    public ImmutableArray<IAliasSource> Aliases { get; init; } = [];

    /// <summary>Who gets the mail for mailboxes that are not there; null for nobody.</summary>
    public Mailbox? CatchAll { get; init; }

    /// <summary>Whether <c>user+tag</c> is there if <c>user</c> is.</summary>
    public bool PlusAddressing { get; init; }

    /// <summary>Whether the next hop is asked about those that no source knows.</summary>
    public bool CallAhead { get; init; }
}

/// <summary>The domains whose recipients are checked. A domain by name is over one by its suffix, and a long suffix over a short one.</summary>
internal sealed class RecipientDomains
{
    private readonly FrozenDictionary<string, RecipientDomain>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly FrozenDictionary<string, RecipientDomain>.AlternateLookup<ReadOnlySpan<char>> _below;

    /// <exception cref="ArgumentException">A pattern is there twice, or is for all domains.</exception>
    public RecipientDomains(IEnumerable<RecipientDomain> domains)
    {
        var exact = new Dictionary<string, RecipientDomain>(StringComparer.Ordinal);
        var below = new Dictionary<string, RecipientDomain>(StringComparer.Ordinal);
        foreach (var domain in domains)
        {
            switch (domain.Pattern)
            {
                case DomainPattern.Exact pattern:
                    exact.Add(pattern.Domain, domain);
                    break;
                case DomainPattern.Suffix pattern:
                    below.Add(pattern.Parent, domain);
                    break;
                default:
                    throw new ArgumentException("Recipients are checked for domains of ours, not for all.", nameof(domains));
            }
        }

        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _below = below.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>What is known of the domain; null if its recipients are not checked.</summary>
    public RecipientDomain? Find(ReadOnlySpan<char> domain)
    {
        if (_exact.TryGetValue(domain, out var found))
        {
            return found;
        }

        for (var dot = domain.IndexOf('.'); dot >= 0; dot = domain.IndexOf('.'))
        {
            domain = domain[(dot + 1)..];
            if (_below.TryGetValue(domain, out found))
            {
                return found;
            }
        }

        return null;
    }
}
