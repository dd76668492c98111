using System.Collections.Immutable;
using System.Net;

namespace MtaCluster.Actors.Routing;

/// <summary>One MX record: a host and its preference; lower is tried first (RFC 5321 §5.1).</summary>
public sealed record MxHost(string Name, int Preference);

/// <summary>What the DNS says of the mail exchangers of a domain.</summary>
public abstract record MxResult
{
    private MxResult()
    {
    }

    /// <summary>At least one host, by ascending preference. <paramref name="IsImplicit"/>: there was no MX record and the domain itself has an address (RFC 5321 §5.1).</summary>
    public sealed record Found(ImmutableArray<MxHost> Hosts, bool IsImplicit) : MxResult;

    /// <summary>The domain accepts no mail: a single MX record with the root as its host (RFC 7505).</summary>
    public sealed record NullMx : MxResult;

    /// <summary>NXDOMAIN, or the domain has neither MX nor address.</summary>
    public sealed record NoSuchDomain(string Reason) : MxResult;

    /// <summary>SERVFAIL, REFUSED, a time-out: the answer is not known now.</summary>
    public sealed record Unknown(string Reason) : MxResult;
}

/// <summary>What the DNS says of the addresses of a host.</summary>
public abstract record AddressResult
{
    private AddressResult()
    {
    }

    /// <summary>At least one address.</summary>
    public sealed record Found(ImmutableArray<IPAddress> Addresses) : AddressResult;

    /// <summary>The host does not exist or has no address.</summary>
    public sealed record NoSuchHost(string Reason) : AddressResult;

    /// <summary>The answer is not known now.</summary>
    public sealed record Unknown(string Reason) : AddressResult;
}

/// <summary>Answers the two questions of mail routing, from a cache for as long as the records' TTL says. Never throws but on cancellation.</summary>
public interface IMxResolver
{
    /// <summary>The mail exchangers of <paramref name="domain"/> (A-labels, no trailing dot).</summary>
    ValueTask<MxResult> ResolveMxAsync(string domain, CancellationToken cancellationToken = default);

    /// <summary>The addresses of <paramref name="host"/>, IPv6 and IPv4.</summary>
    ValueTask<AddressResult> ResolveAddressesAsync(string host, CancellationToken cancellationToken = default);
}
