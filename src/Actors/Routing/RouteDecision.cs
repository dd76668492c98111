using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Routing;

/// <summary>What is to become of mail for a domain.</summary>
public abstract record RouteDecision
{
    private RouteDecision()
    {
    }

    /// <summary>It goes to a destination, by a plan.</summary>
    public sealed record ToDestination(DestinationKey Key, HopPlan Plan) : RouteDecision;

    /// <summary>It can never go: 5.1.2 no such domain, 5.1.10 a null MX (RFC 7505), 5.4.6 it would come back to us.</summary>
    public sealed record Fail(SmtpReply Reply) : RouteDecision;

    /// <summary>The way is not known now: 4.4.3 the DNS does not answer, 4.3.5 the route names something that does not exist.</summary>
    public sealed record Defer(SmtpReply Reply) : RouteDecision;
}

/// <summary>How the hosts of a destination are reached.</summary>
/// <param name="Hosts">By ascending preference. A host that is an address is itself. Empty with a Unix socket.</param>
/// <param name="Port">The TCP port; 0 with a Unix socket.</param>
/// <param name="Lmtp">LMTP (RFC 2033), not SMTP, is spoken.</param>
/// <param name="UnixPath">The Unix socket, or null for TCP.</param>
public sealed record HopPlan(ImmutableArray<MxHost> Hosts, int Port, bool Lmtp, string? UnixPath)
{
    /// <summary>
    /// The operator named the hop. Then a host that does not exist is a mistake to be put right, and mail waits for that;
    /// otherwise it is the answer of the recipient's domain, and mail bounces.
    /// </summary>
    public bool IsConfigured { get; init; }
}
