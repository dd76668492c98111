using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>The whole configuration of a node, parsed and valid. docs/configuration.md tells what each key means.</summary>
public sealed record NodeSettings
{
    /// <summary>The name in our greeting, EHLO and trace fields; a host of this name in MX records is ourselves.</summary>
    public required string Hostname { get; init; }

    /// <summary>The absolute path under which all data are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where SMTP clients are listened for; at least one.</summary>
    public required ImmutableArray<ListenerSettings> Listeners { get; init; }

    /// <summary>TLS for SMTP clients.</summary>
    public TlsSettings Tls { get; init; } = TlsSettings.None;

    /// <summary>How many clients are let in.</summary>
    public InboundSettings Inbound { get; init; } = new();

    /// <summary>Domains whose mail is taken from anyone, as ours.</summary>
    public required ImmutableArray<DomainPattern> LocalDomains { get; init; }

    /// <summary>Domains whose mail is taken from anyone, to be relayed.</summary>
    public required ImmutableArray<DomainPattern> RelayDomains { get; init; }

    /// <summary>The DNS.</summary>
    public required DnsSettings Dns { get; init; }

    /// <summary>Static routes; the first that matches decides.</summary>
    public required ImmutableArray<RouteRule> Routes { get; init; }

    /// <summary>SMTP in general.</summary>
    public required SmtpSettings Smtp { get; init; }

    /// <summary>Retries and lifetime.</summary>
    public required QueueSettings Queue { get; init; }

    /// <summary>Limits per destination.</summary>
    public required ShapingTable Shaping { get; init; }

    /// <summary>Where messages are kept.</summary>
    public required StorageSettings Storage { get; init; }

    /// <summary>The cluster.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>How SMTP clients log in.</summary>
    public required AuthSettings Auth { get; init; }

    /// <summary>The admin endpoint.</summary>
    public required AdminSettings Admin { get; init; }

    /// <summary>Which recipients there are.</summary>
    public RecipientSettings Recipients { get; init; } = RecipientSettings.None;

    /// <summary>What is done to submissions.</summary>
    public SubmissionSettings Submission { get; init; } = SubmissionSettings.None;
}

/// <summary>One place where SMTP clients are listened for.</summary>
/// <param name="Name">Its name in logs, unique.</param>
/// <param name="Address">Address and port; port 0 is any free one.</param>
/// <param name="RelayFrom">Clients that may send mail to any domain.</param>
public sealed record ListenerSettings(string Name, IPEndPoint Address, ImmutableArray<IPNetwork> RelayFrom)
{
    /// <summary>Whether it speaks TLS. Any other than None takes <see cref="NodeSettings.Tls"/> to have a certificate.</summary>
    public ListenerTls Tls { get; init; }

    /// <summary>No mail is taken before TLS: MAIL is answered 530 5.7.0 (RFC 3207 §4).</summary>
    public bool RequireTls { get; init; }

    /// <summary>LMTP (RFC 2033) instead of SMTP.</summary>
    public bool Lmtp { get; init; }

    /// <summary>No mail is taken before AUTH: MAIL is answered 530 5.7.0 (RFC 4954 §6).</summary>
    public bool RequireAuth { get; init; }

    /// <summary>AUTH is offered.</summary>
    public bool OffersAuth { get; init; }

    /// <summary>Peers in these networks are believed whom they speak for: XCLIENT.</summary>
    public ImmutableArray<IPNetwork> XClientFrom { get; init; } = [];

    /// <summary>Peers in these networks may tell where mail came from: XFORWARD.</summary>
    public ImmutableArray<IPNetwork> XForwardFrom { get; init; } = [];

    /// <summary>Domains whose queue may be run by ETRN (RFC 1985).</summary>
    public ImmutableArray<DomainPattern> EtrnDomains { get; init; } = [];

    /// <summary>Clients with these certificates may send mail to any domain: SHA-256 fingerprints, in lower-case hexadecimal digits.</summary>
    public ImmutableArray<string> RelayForCertificates { get; init; } = [];

    /// <summary>Proxies: connections from these networks must begin with a header of the PROXY protocol.</summary>
    public ImmutableArray<IPNetwork> ProxyFrom { get; init; } = [];
}

/// <summary>The DNS.</summary>
/// <param name="Servers">Recursive resolvers; empty for the system's.</param>
/// <param name="Timeout">How long one server may take to answer one query.</param>
public sealed record DnsSettings(ImmutableArray<IPEndPoint> Servers, TimeSpan Timeout);

/// <summary>SMTP in general: what we accept, and how we send.</summary>
/// <param name="Port">The port of MX hosts, and of next hops without one.</param>
/// <param name="MaximumMessageSize">Octets of a message, as announced by SIZE.</param>
/// <param name="MaximumLineLength">Octets of a line in a message, without its CRLF.</param>
/// <param name="MaximumRecipients">Recipients of a mail transaction.</param>
/// <param name="MaximumErrors">Erroneous commands after which a session is closed.</param>
/// <param name="MaximumHops">Received fields after which a message is in a loop.</param>
/// <param name="CommandTimeout">How long a client may take to send its next command.</param>
/// <param name="DataTimeout">How long a client may take to send its next piece of a message.</param>
/// <param name="StartTls">Whether we use STARTTLS when sending, where it is offered.</param>
public sealed record SmtpSettings(
    int Port,
    long MaximumMessageSize,
    int MaximumLineLength,
    int MaximumRecipients,
    int MaximumErrors,
    int MaximumHops,
    TimeSpan CommandTimeout,
    TimeSpan DataTimeout,
    bool StartTls)
{
    /// <summary>Octets in a second.</summary>
    public const int DefaultMinimumDataRate = 100;

    /// <summary>An hour.</summary>
    public static readonly TimeSpan DefaultMessageTimeout = TimeSpan.FromHours(1);

    /// <summary>A week.</summary>
    public static readonly TimeSpan DefaultMaximumHold = TimeSpan.FromDays(7);

    /// <summary>The longest time for which who submits mail may have it held (RFC 4865); zero for not at all.</summary>
    public TimeSpan MaximumHold { get; init; } = DefaultMaximumHold;

    /// <summary>Octets in a second, on average over a minute, that a client must send of its message; 0 for no minimum.</summary>
    public int MinimumDataRate { get; init; } = DefaultMinimumDataRate;

    /// <summary>How long the content of one message may take in all.</summary>
    public TimeSpan MessageTimeout { get; init; } = DefaultMessageTimeout;
}

/// <summary>When attempts are made again, and when they end.</summary>
/// <param name="Initial">The wait after the first deferral.</param>
/// <param name="Factor">By how much each wait is longer than the one before, from 1 on.</param>
/// <param name="Maximum">The longest wait.</param>
/// <param name="Jitter">By how much a wait differs at random: 0.1 is up to a tenth more or less.</param>
/// <param name="Lifetime">The age at which a message bounces.</param>
/// <param name="DelayWarningAfter">The age at which its sender is told of the delay; null for never.</param>
public sealed record QueueSettings(
    TimeSpan Initial,
    double Factor,
    TimeSpan Maximum,
    double Jitter,
    TimeSpan Lifetime,
    TimeSpan? DelayWarningAfter)
{
    /// <summary>Octets of the largest message that a failure report returns as a whole, where its sender asked for that.</summary>
    public int MaximumReturnedSize { get; init; } = 1024 * 1024;
}

/// <summary>Where messages are kept.</summary>
/// <param name="BodyCacheBytes">Octets of memory for the bodies written last.</param>
/// <param name="SegmentBytes">Octets after which a body segment of the embedded store takes no more bodies.</param>
public sealed record StorageSettings(long BodyCacheBytes, long SegmentBytes)
{
    /// <summary>The databases; null for the embedded store under <see cref="NodeSettings.DataDirectory"/>.</summary>
    public PostgreSqlSettings? PostgreSql { get; init; }
}
