using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Telemetry;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// Protobuf with manifests. A subclass names its messages; manifests are kept for ever, and one that is not listed is refused. What is written and
/// not journaled goes to another node, and is counted.
/// </summary>
public abstract class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <inheritdoc/>
    public sealed override byte[] ToBinary(object obj)
    {
        var wire = ToWire(obj);
        if (!IsJournaled(obj))
        {
            RemoteTraffic.Sent();
        }

        return wire.ToByteArray();
    }

    /// <summary>The wire form.</summary>
    /// <exception cref="ArgumentException">It has none here.</exception>
    protected abstract IMessage ToWire(object message);

    /// <summary>Whether it is an event or a snapshot.</summary>
    protected virtual bool IsJournaled(object message) => false;
}
