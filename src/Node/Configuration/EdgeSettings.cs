using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>Whether a listener speaks TLS.</summary>
public enum ListenerTls
{
    /// <summary>Never.</summary>
    None,

    /// <summary>Once the client asks for it (RFC 3207).</summary>
    StartTls,

    /// <summary>From the first octet (RFC 8314 §3.3).</summary>
    Implicit,
}

/// <summary>TLS for SMTP clients.</summary>
/// <param name="Certificates">Which a client gets is decided by the name that it asks for; where none has that name, the first.</param>
public sealed record TlsSettings(ImmutableArray<CertificateFiles> Certificates)
{
    /// <summary>No certificates, so no TLS.</summary>
    public static readonly TlsSettings None = new([]);

    /// <summary>TLS 1.2 is not spoken, only 1.3.</summary>
    public bool OnlyTls13 { get; init; }

    /// <summary>Clients are asked for a certificate. One that has none is served as well.</summary>
    public bool RequestsClientCertificates { get; init; }

    /// <summary>How long a handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>A certificate, as PEM files.</summary>
/// <param name="CertificateFile">The certificate, and after it those by which it is signed.</param>
/// <param name="KeyFile">Its private key.</param>
public sealed record CertificateFiles(string CertificateFile, string KeyFile);

/// <summary>How many clients are let in, and what those have to bear who misbehave.</summary>
public sealed record InboundSettings
{
    /// <summary>Connections at this node, of all listeners together.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Connections of one client at this node: of an IPv4 address, or of a /64 of IPv6.</summary>
    public int ConnectionsPerClient { get; init; } = 50;

    /// <summary>New connections of one client at all nodes together; null for no limit.</summary>
    public Rate? ConnectionRatePerClient { get; init; }

    /// <summary>Messages of one client that has not authenticated, at all nodes together; null for no limit.</summary>
    public Rate? MessageRatePerClient { get; init; }

    /// <summary>Clients that are neither counted one by one nor delayed.</summary>
    public ImmutableArray<IPNetwork> ExemptFrom { get; init; } = [];

    /// <summary>How long the greeting is kept back, to see who speaks before it; zero for not at all.</summary>
    public TimeSpan EarlyTalkerDelay { get; init; }

    /// <summary>Replies to errors come late.</summary>
    public TarpitSettings Tarpit { get; init; } = TarpitSettings.Default;

    /// <summary>The part of the machine's memory (or of the container's) in use from which new clients are sent away; 1 for never.</summary>
    public double MemoryLimit { get; init; } = 0.95;

    /// <summary>The messages that wait for the store at once from which new clients are sent away.</summary>
    public int StoreQueueLimit { get; init; } = 2_000;
}

/// <summary>How late replies to errors come.</summary>
/// <param name="After">The errors of a session that have no consequence.</param>
/// <param name="Delay">The delay of the reply to the next error; to the one after it twice as much, and so on. Zero for no delays.</param>
/// <param name="Maximum">The longest delay.</param>
public sealed record TarpitSettings(int After, TimeSpan Delay, TimeSpan Maximum)
{
    /// <summary>A second after three errors, growing to ten.</summary>
    public static readonly TarpitSettings Default = new(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
}
