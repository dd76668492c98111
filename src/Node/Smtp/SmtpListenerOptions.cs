using System.Collections.Immutable;
using System.Net;

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

    /// <summary>The longest command line in octets, with its CR LF.</summary>
    public int MaximumCommandLength { get; init; } = 4096;

    /// <summary>
    /// How long a client may take for its next command, and for taking our replies (RFC 5321 §4.5.3.2.7: at least 5 minutes).
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a client may send nothing within a message (RFC 5321 §4.5.3.2.5 and 6: its own limits are 3 and 10 minutes).
    /// </summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
