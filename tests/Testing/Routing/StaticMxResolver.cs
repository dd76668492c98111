using System.Collections.Concurrent;
using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Testing.Routing;

/// <summary>A DNS that says what the test has told it. What it was not told does not exist.</summary>
public sealed class StaticMxResolver : IMxResolver
{
    private readonly ConcurrentDictionary<string, MxResult> _mx = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AddressResult> _addresses = new(StringComparer.Ordinal);

    /// <summary>Gives a domain its answer.</summary>
    public StaticMxResolver Mx(string domain, MxResult answer)
    {
        _mx[domain] = answer;
        return this;
    }

    /// <summary>Gives a domain its mail exchangers.</summary>
    public StaticMxResolver Mx(string domain, params (int Preference, string Host)[] hosts) => Mx(
        domain,
        new MxResult.Found([.. hosts.OrderBy(host => host.Preference).Select(host => new MxHost(host.Host, host.Preference))], IsImplicit: false));

    /// <summary>Gives a host its answer.</summary>
    public StaticMxResolver Address(string host, AddressResult answer)
    {
        _addresses[host] = answer;
        return this;
    }

    /// <summary>Gives a host its addresses.</summary>
    public StaticMxResolver Address(string host, params string[] addresses) =>
        Address(host, new AddressResult.Found([.. addresses.Select(IPAddress.Parse)]));

    /// <inheritdoc/>
    public ValueTask<MxResult> ResolveMxAsync(string domain, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_mx.GetValueOrDefault(domain, new MxResult.NoSuchDomain("the test has no such domain")));

    /// <inheritdoc/>
    public ValueTask<AddressResult> ResolveAddressesAsync(string host, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_addresses.GetValueOrDefault(host, new AddressResult.NoSuchHost("the test has no such host")));
}
