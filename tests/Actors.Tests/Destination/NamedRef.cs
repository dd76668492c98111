using Akka.Actor;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A reference to nobody with a path of its own.</summary>
internal sealed class NamedRef(ActorPath path) : MinimalActorRef
{
    public NamedRef(string name)
        : this(new RootActorPath(Address.AllSystems) / name)
    {
    }

    public override ActorPath Path => path;

    public override IActorRefProvider Provider => throw new NotSupportedException();
}
