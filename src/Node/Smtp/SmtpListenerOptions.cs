using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Smtp;

/// <summary>How one SMTP listener treats its clients. Values are checked when the configuration is read.</summary>
public sealed record SmtpListenerOptions
{
    /// <summary>The name of the listener, for logs.</summary>
    public required string Name { get; init; }

    /// <summary>The name of this host: in the greeting, in Received fields and in Message-IDs.</summary>
    public required string Hostname { get; init; }

    /// <summary>Clients in these networks may send to anybody. IPv4-mapped IPv6 networks count as IPv4.</summary>
    public ImmutableArray<IPNetwork> RelayFrom { get; init; } = [];

    /// <summary>Domains of this site: anybody may send to them. U-labels and A-labels, in any case; <c>*.example</c> is every domain below.</summary>
    public ImmutableArray<string> LocalDomains { get; init; } = [];

    /// <summary>Domains that this host passes mail on for: anybody may send to them. As <see cref="LocalDomains"/>.</summary>
    public ImmutableArray<string> RelayDomains { get; init; } = [];

    /// <summary>LMTP (RFC 2033) instead of SMTP.</summary>
    public bool Lmtp { get; init; }

    /// <summary>STARTTLS is offered, if there are certificates.</summary>
    public bool OffersStartTls { get; init; }

    /// <summary>AUTH is offered, if there are users.</summary>
    public bool OffersAuth { get; init; }

    /// <summary>Clients with these certificates may send to anybody: SHA-256 fingerprints, in lower-case hexadecimal digits.</summary>
    public ImmutableArray<string> RelayForCertificates { get; init; } = [];

    /// <summary>How long the greeting is kept back.</summary>
    public TimeSpan EarlyTalkerDelay { get; init; }

    /// <summary>Messages of one client at all nodes together; null for no limit.</summary>
    public Rate? MessageRatePerClient { get; init; }

    /// <summary>Octets in a second that a client must send of a message; 0 for no minimum.</summary>
    public int MinimumDataRate { get; init; }

    /// <summary>How long the content of a message may take in all.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>MAIL is refused before AUTH.</summary>
    public bool RequireAuth { get; init; }

    /// <summary>MAIL is refused before TLS.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Peers in these networks may say XCLIENT: they are believed whom they speak for.</summary>
    public ImmutableArray<IPNetwork> XClientFrom { get; init; } = [];

    /// <summary>Peers in these networks may say XFORWARD.</summary>
    public ImmutableArray<IPNetwork> XForwardFrom { get; init; } = [];

    /// <summary>Domains whose queue may be run by ETRN.</summary>
    public ImmutableArray<DomainPattern> QueueRunDomains { get; init; } = [];

    /// <summary>The longest time for which those who submit mail may have it held (RFC 4865); zero for none.</summary>
    public TimeSpan MaximumHold { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The largest message in octets.</summary>
    public long MaximumMessageSize { get; init; } = 50L * 1024 * 1024;

    /// <summary>The most recipients of one message.</summary>
    public int MaximumRecipients { get; init; } = 1000;

    /// <summary>The errors after which a session is closed.</summary>
    public int MaximumErrors { get; init; } = 20;

    /// <summary>The most messages of one session; null for no limit.</summary>
    public int? MaximumMessagesPerSession { get; init; }

    /// <summary>The most Received fields that a message may come with.</summary>
    public int MaximumHops { get; init; } = 50;

    /// <summary>The longest line of a message in octets, without its CR LF.</summary>
    public int MaximumLineLength { get; init; } = 1024 * 1024;

    /// <summary>The longest command line in octets, with its CR LF. RFC 4954 §4 asks for 12,288 at least.</summary>
    public int MaximumCommandLength { get; init; } = 16 * 1024;

    /// <summary>
    /// How long a client may take for its next command, and for taking our replies (RFC 5321 §4.5.3.2.7: at least 5 minutes).
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a client may send nothing within a message (RFC 5321 §4.5.3.2.5 and 6: its own limits are 3 and 10 minutes).
    /// </summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
