using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Tests.Smtp.Gate;

/// <summary>Says what it is told to, and keeps who was asked for.</summary>
internal sealed class RecordingRates : IClusterRates
{
    public bool Answer { get; set; } = true;

    public List<string> Asked { get; } = [];

    public ValueTask<bool> TryTakeAsync(RateKey key, Rate rate)
    {
        Asked.Add($"{key.Kind} {key.Subject} {rate}");
        return ValueTask.FromResult(Answer);
    }
}
