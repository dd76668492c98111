using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Tests;

/// <summary>A resolver for which only the domains that a spec names exist.</summary>
internal sealed class FakeDns : IMxResolver
{
    public Dictionary<string, Task<MxResult>> Mx { get; } = [];

    public ValueTask<MxResult> ResolveMxAsync(string domain, CancellationToken cancellationToken = default)
        => new(Mx.TryGetValue(domain, out var answer) ? answer : Task.FromResult<MxResult>(new MxResult.NoSuchDomain("NXDOMAIN")));

    public ValueTask<AddressResult> ResolveAddressesAsync(string host, CancellationToken cancellationToken = default)
        => new(new AddressResult.NoSuchHost("NXDOMAIN"));
}
