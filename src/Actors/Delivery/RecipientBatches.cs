using System.Collections.Immutable;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <summary>Which recipients go together over a session with limits (RFC 9422): so many in a transaction, of so many domains in all. Pure but for what it has seen.</summary>
internal sealed class RecipientBatches(SmtpLimits limits)
{
    private readonly HashSet<string> _domains = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a message can begin here: over a new session there is always room for some of it.</summary>
    public bool HasRoomFor(ImmutableArray<string> recipients)
        => limits.Domains == 0 || _domains.Count == 0 || _domains.Union(recipients.Select(Mailbox.DomainOf), StringComparer.OrdinalIgnoreCase).Count() <= limits.Domains;

    /// <summary>Whether all go in one transaction.</summary>
    public bool IsOne(ImmutableArray<string> recipients)
        => (limits.Recipients == 0 || recipients.Length <= limits.Recipients)
            && (limits.Domains == 0 || recipients.Select(Mailbox.DomainOf).Distinct(StringComparer.OrdinalIgnoreCase).Count() <= limits.Domains);

    /// <summary>These were sent.</summary>
    public void Used(ImmutableArray<string> recipients)
    {
        if (limits.Domains > 0)
        {
            _domains.UnionWith(recipients.Select(Mailbox.DomainOf));
        }
    }

    /// <summary>
    /// The places of the recipients that go over this session, by transaction. What is in none is of domains too many, or of transactions too many:
    /// <paramref name="transactions"/> were before.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> Split(ImmutableArray<string> recipients, long transactions)
    {
        var domains = new HashSet<string>(_domains, StringComparer.OrdinalIgnoreCase);
        var allowed = Enumerable.Range(0, recipients.Length).Where(i => IsAllowed(domains, Mailbox.DomainOf(recipients[i])));
        var left = limits.Transactions == 0 ? int.MaxValue : (int)Math.Max(1, limits.Transactions - transactions);
        return [.. allowed.Chunk(limits.Recipients == 0 ? recipients.Length : limits.Recipients).Take(left).Select(ImmutableArray.Create)];
    }

    private bool IsAllowed(HashSet<string> domains, string domain)
    {
        if (limits.Domains == 0 || domains.Contains(domain))
        {
            return true;
        }

        return domains.Count < limits.Domains && domains.Add(domain);
    }
}
