using System.Collections.Immutable;
using System.Net;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Routing;

/// <summary>One connection to try: the host, as named to TLS and in logs, and where it is.</summary>
public sealed record HopAttempt(string Host, EndPoint EndPoint);

/// <summary>The addresses of a hop.</summary>
public abstract record HopAddresses
{
    private HopAddresses()
    {
    }

    /// <summary>At least one attempt, in the order in which to try them.</summary>
    public sealed record Found(ImmutableArray<HopAttempt> Attempts) : HopAddresses;

    /// <summary>There will never be one: 5.4.4 no host has an address, 5.4.6 all addresses are our own.</summary>
    public sealed record Fail(SmtpReply Reply) : HopAddresses;

    /// <summary>There is none now: 4.4.3 the DNS does not answer, 4.3.5 the route names a host that does not exist.</summary>
    public sealed record Defer(SmtpReply Reply) : HopAddresses;
}
