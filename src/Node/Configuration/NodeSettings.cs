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

    /// <summary>Where the admin endpoint listens.</summary>
    public required IPEndPoint Admin { get; init; }
}

/// <summary>One place where SMTP clients are listened for.</summary>
/// <param name="Name">Its name in logs, unique.</param>
/// <param name="Address">Address and port; port 0 is any free one.</param>
/// <param name="RelayFrom">Clients that may send mail to any domain.</param>
public sealed record ListenerSettings(string Name, IPEndPoint Address, ImmutableArray<IPNetwork> RelayFrom);

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
    bool StartTls);

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
    TimeSpan? DelayWarningAfter);

/// <summary>Where messages are kept: for now always under <see cref="NodeSettings.DataDirectory"/>.</summary>
/// <param name="BodyCacheBytes">Octets of memory for the bodies written last.</param>
/// <param name="SegmentBytes">Octets after which a body segment takes no more bodies.</param>
public sealed record StorageSettings(long BodyCacheBytes, long SegmentBytes);

/// <summary>The cluster.</summary>
/// <param name="Address">Where this node is reached by the others.</param>
/// <param name="SeedNodes">Nodes to join; empty for a cluster of one.</param>
/// <param name="Roles">What this node does: edge, spool, egress.</param>
/// <param name="Spools">The number of spools, fixed for a cluster's lifetime.</param>
public sealed record ClusterSettings(HostAndPort Address, ImmutableArray<HostAndPort> SeedNodes, ImmutableArray<string> Roles, int Spools);

/// <summary>A host name, or an address without brackets, and a port.</summary>
public sealed record HostAndPort(string Host, int Port);
