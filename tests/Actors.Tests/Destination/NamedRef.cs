using Akka.Actor;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A reference to nobody with a name of its own.</summary>
internal sealed class NamedRef(string name) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / name;

    public override IActorRefProvider Provider => throw new NotSupportedException();
}
