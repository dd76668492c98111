using System.Net;

namespace MtaCluster.Protocol.Proxy;

/// <summary>Who is at the other end of a proxy, by its PROXY protocol header.</summary>
public abstract record ProxyHeader
{
    private ProxyHeader()
    {
    }

    /// <summary>
    /// The connection is the proxy's own, or the proxy does not know whose it is (LOCAL or UNSPEC of version 2, UNKNOWN of version 1): its own
    /// addresses count.
    /// </summary>
    public sealed record Local : ProxyHeader
    {
        /// <summary>There is nothing to tell them apart.</summary>
        public static readonly Local Instance = new();
    }

    /// <summary>A client over TCP.</summary>
    /// <param name="Source">The client.</param>
    /// <param name="Destination">What it has connected to.</param>
    public sealed record Tcp(IPEndPoint Source, IPEndPoint Destination) : ProxyHeader;

    /// <summary>A client over a Unix socket of the proxy's machine: without an address by which it could be told from others.</summary>
    public sealed record Unix : ProxyHeader
    {
        /// <summary>There is nothing to tell them apart.</summary>
        public static readonly Unix Instance = new();
    }
}

/// <summary>What the front of a connection is.</summary>
public enum ProxyHeaderStatus
{
    /// <summary>It may become a header. More is needed.</summary>
    Incomplete,

    /// <summary>A header.</summary>
    Complete,

    /// <summary>No header, whatever comes.</summary>
    Malformed,
}
