using Akka.Actor;

namespace MtaCluster.Actors;

/// <summary>
/// Props from a delegate. <c>Props.Create(() => new X(a, b))</c> takes the expression apart and evaluates each argument, at every call: 3 µs
/// against 0.1 µs (docs/adr/0005).
/// </summary>
internal static class ActorProps
{
    public static Props Of<TActor>(Func<TActor> create)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(create));

    private sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => create();

        public void Release(ActorBase actor)
        {
        }
    }
}
