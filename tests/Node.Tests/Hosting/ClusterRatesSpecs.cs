using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>A rate over two nodes, with remoting, sharding and our serializers.</summary>
public sealed class ClusterRatesSpecs
{
    private static readonly Rate s_rate = new(40, TimeSpan.FromMinutes(1));

    [Fact]
    public async Task Two_nodes_give_no_more_than_the_rate_together_for_each_client()
    {
        // Time stands still: nobody loses patience with a cluster that is just beginning.
        var time = new FakeTimeProvider();
        await using var nodes = new ClusterNodes();
        var (a, b) = (nodes.Start(), nodes.Start());
        await ClusterNodes.FormAsync(a, b);
        IClusterRates[] rates = [RateSharding.Start(a, time), RateSharding.Start(b, time)];

        foreach (var client in new[] { "192.0.2.1", "192.0.2.2", "2001:db8::/64", "192.0.2.3" })
        {
            var attempts = Enumerable.Range(0, 200).Select(i => rates[i % 2].TryTakeAsync(RateKey.Connections(client), s_rate).AsTask());
            var taken = await Task.WhenAll(attempts).WaitAsync(ClusterNodes.Patience, TestContext.Current.CancellationToken);
            Assert.Equal(40, taken.Count(one => one));
        }
    }
}
