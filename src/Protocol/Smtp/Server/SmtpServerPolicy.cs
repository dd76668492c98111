using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>What a session may do: fixed for the session, shared by all sessions of the same kind of client.</summary>
public sealed record SmtpServerPolicy
{
    /// <summary>A policy for the host <paramref name="hostname"/> and for clients that may send by <paramref name="relay"/>.</summary>
    /// <exception cref="ArgumentException">The hostname is no domain name.</exception>
    public SmtpServerPolicy(string hostname, RelayRule relay)
    {
        if (!MailDomain.TryParse(hostname, out var domain) || !Mailbox.TryParse("postmaster@" + domain.Text, out var postmaster))
        {
            throw new ArgumentException("The hostname is not a domain name.", nameof(hostname));
        }

        Hostname = domain.Text;
        Postmaster = postmaster;
        Relay = relay;
        Greeting = new WireReply(new SmtpReply(220, null, Hostname + " ESMTP"));
        HeloReply = new WireReply(new SmtpReply(250, null, Hostname));
    }

    /// <summary>The name of this host.</summary>
    public string Hostname { get; }

    /// <summary>Whom <c>&lt;Postmaster&gt;</c> without a domain stands for.</summary>
    public Mailbox Postmaster { get; }

    /// <summary>Whom this client may send to.</summary>
    public RelayRule Relay { get; }

    /// <summary>The largest message in octets, as the client sends it but for dot-stuffing. Offered by SIZE.</summary>
    public long MaximumMessageSize { get; init; } = 50L * 1024 * 1024;

    /// <summary>The most recipients of one message (RFC 5321 §4.5.3.1.8: at least 100).</summary>
    public int MaximumRecipients { get; init; } = 1000;

    /// <summary>The errors after which a session is closed. An accepted message sets the count back to 0.</summary>
    public int MaximumErrors { get; init; } = 20;

    /// <summary>The most messages of one session; null for no limit.</summary>
    public int? MaximumMessagesPerSession { get; init; }

    /// <summary>
    /// The most Received fields of a message: one that has more is in a loop (RFC 5321 §6.3: at least 100 is advised, most hosts use
    /// 50).
    /// </summary>
    public int MaximumHops { get; init; } = 50;

    /// <summary>The longest line of a message in octets, without its CR LF. RFC 5321 §4.5.3.1.6 asks for 998 at least.</summary>
    public int MaximumLineLength { get; init; } = 1024 * 1024;

    /// <summary>The first reply of a session (RFC 5321 §4.2: the name, and no version).</summary>
    public WireReply Greeting { get; }

    /// <summary>The reply to HELO.</summary>
    public WireReply HeloReply { get; }

    /// <summary>LMTP (RFC 2033) instead of SMTP: LHLO, and a reply for each recipient.</summary>
    public bool Lmtp { get; init; }

    /// <summary>The extensions that may be offered; which are, depends on how far the session is.</summary>
    public ServerExtensions Extensions { get; init; } = ServerExtensions.Standard;

    /// <summary>MAIL is refused before TLS (RFC 3207 §4).</summary>
    public bool RequireTls { get; init; }

    /// <summary>MAIL is refused before AUTH (RFC 4954 §6).</summary>
    public bool RequireAuth { get; init; }

    /// <summary>The SASL mechanisms that are offered in the clear, in the order of preference.</summary>
    public ImmutableArray<string> Mechanisms { get; init; } = [];

    /// <summary>The SASL mechanisms that are offered under TLS.</summary>
    public ImmutableArray<string> TlsMechanisms { get; init; } = [];

    /// <summary>The longest time for which a client may have a message held (RFC 4865 §4).</summary>
    public TimeSpan MaximumHold { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Messages of this client may go before others: otherwise what it asks for above 0 is lowered to 0 (RFC 6710 §4.1).</summary>
    public bool MayRaisePriority { get; init; }

    /// <summary>The SASL mechanisms that are offered to a session in <paramref name="state"/>.</summary>
    public ImmutableArray<string> MechanismsFor(SmtpServerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Secure ? TlsMechanisms : Mechanisms;
    }

    /// <summary>
    /// The extensions that are offered to a session in <paramref name="state"/>: no TLS within TLS, no AUTH twice or in the clear, REQUIRETLS only
    /// under TLS (RFC 8689 §2), and a message is held for those only who submit it.
    /// </summary>
    public ServerExtensions Offered(SmtpServerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var offered = Extensions;
        if (state.Secure)
        {
            offered &= ~ServerExtensions.StartTls;
        }
        else
        {
            offered &= ~ServerExtensions.RequireTls;
        }

        if (state.User is not null || MechanismsFor(state).IsEmpty)
        {
            offered &= ~ServerExtensions.Auth;
        }

        return Relay.IsRelayClient ? offered : offered & ~ServerExtensions.FutureRelease;
    }
}
