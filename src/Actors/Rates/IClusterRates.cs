using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Rates;

/// <summary>Holds the rates of clients and users over all nodes together.</summary>
public interface IClusterRates
{
    /// <summary>
    /// Takes one of what <paramref name="rate"/> allows <paramref name="key"/>: up to a whole period's worth at once, and then as time gives it back. False if
    /// there is none now. Completes within a second, whatever the cluster does; where it does not answer, each node has its share of the rate to give. Never throws.
    /// </summary>
    ValueTask<bool> TryTakeAsync(RateKey key, Rate rate);
}
