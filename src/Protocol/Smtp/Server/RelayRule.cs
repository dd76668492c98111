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

    private RelayRule(FrozenSet<string>? domains)
    {
        _domains = domains?.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Every recipient: for clients in the relay networks.</summary>
    public static RelayRule Everybody { get; } = new(null);

    /// <summary>
    /// Whether the client is a relay client, whose messages are submissions: missing Date and Message-ID fields are added.
    /// </summary>
    public bool IsRelayClient => _domains is null;

    /// <summary>Recipients in <paramref name="domains"/>, which are in canonical form (<see cref="MailDomain.Text"/>).</summary>
    public static RelayRule Only(IEnumerable<string> domains) => new(domains.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether a message to <paramref name="recipient"/> may be taken.</summary>
    public bool Allows(Mailbox recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return _domains is not { } domains
            || (domains.Contains(recipient.DomainSpan) && !recipient.LocalPartSpan.ContainsAny(s_routing));
    }
}
