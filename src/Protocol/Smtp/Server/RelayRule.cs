using System.Buffers;
using System.Collections.Frozen;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// Which recipients a client may send to: everybody for a relay client, otherwise only the domains that this host takes mail for.
/// </summary>
public sealed class RelayRule
{
    // Sender-specified routing that a later hop might obey: user%domain, domain!user, "user@domain".
    private static readonly SearchValues<char> s_routing = SearchValues.Create("%!@");

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>>? _domains;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _parents;
    private readonly bool _hasParents;

    private RelayRule(FrozenSet<string>? domains, FrozenSet<string> parents)
    {
        _domains = domains?.GetAlternateLookup<ReadOnlySpan<char>>();
        _parents = parents.GetAlternateLookup<ReadOnlySpan<char>>();
        _hasParents = parents.Count > 0;
    }

    /// <summary>Every recipient: for clients in the relay networks.</summary>
    public static RelayRule Everybody { get; } = new(null, FrozenSet<string>.Empty);

    /// <summary>
    /// Whether the client is a relay client, whose messages are submissions: missing Date and Message-ID fields are added.
    /// </summary>
    public bool IsRelayClient => _domains is null;

    /// <summary>
    /// Recipients in <paramref name="domains"/>, and in any domain below one of <paramref name="parents"/>. Both are in canonical form
    /// (<see cref="MailDomain.Text"/>).
    /// </summary>
    public static RelayRule Only(IEnumerable<string> domains, IEnumerable<string>? parents = null)
        => new(domains.ToFrozenSet(StringComparer.Ordinal), (parents ?? []).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether a message to <paramref name="recipient"/> may be taken.</summary>
    public bool Allows(Mailbox recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return _domains is not { } domains
            || ((domains.Contains(recipient.DomainSpan) || IsBelowParent(recipient.DomainSpan))
                && !recipient.LocalPartSpan.ContainsAny(s_routing));
    }

    private bool IsBelowParent(ReadOnlySpan<char> domain)
    {
        for (var dot = domain.IndexOf('.'); _hasParents && dot >= 0; dot = domain.IndexOf('.'))
        {
            domain = domain[(dot + 1)..];
            if (_parents.Contains(domain))
            {
                return true;
            }
        }

        return false;
    }
}
