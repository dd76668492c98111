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
        EhloReply = MakeEhloReply();
    }

    /// <summary>The name of this host.</summary>
    public string Hostname { get; }

    /// <summary>Whom <c>&lt;Postmaster&gt;</c> without a domain stands for.</summary>
    public Mailbox Postmaster { get; }

    /// <summary>Whom this client may send to.</summary>
    public RelayRule Relay { get; }

    /// <summary>The largest message in octets, as the client sends it but for dot-stuffing. Offered by SIZE.</summary>
    public long MaximumMessageSize
    {
        get;
        init
        {
            field = value;
            EhloReply = MakeEhloReply();
        }
    } = 50L * 1024 * 1024;

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

    /// <summary>The reply to EHLO: the extensions that are offered.</summary>
    public WireReply EhloReply { get; private init; }

    private WireReply MakeEhloReply() => new(new SmtpReply(250, null, ImmutableArray.Create(
        Hostname,
        "PIPELINING",
        string.Create(CultureInfo.InvariantCulture, $"SIZE {MaximumMessageSize}"),
        "8BITMIME",
        "ENHANCEDSTATUSCODES",
        "HELP")));
}
