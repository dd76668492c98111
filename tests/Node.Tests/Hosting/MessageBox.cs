using System.Threading.Channels;
using Akka.Actor;
using Xunit;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>An actor of a test: what comes is kept in order.</summary>
internal sealed class MessageBox
{
    private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();

    public MessageBox(ActorSystem system)
    {
        System = system;
        Actor = system.ActorOf(Props.CreateBy(new Producer(_messages.Writer)));
    }

    public ActorSystem System { get; }

    public IActorRef Actor { get; }

    public Task<object> NextAsync()
        => _messages.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(ClusterNodes.Patience, TestContext.Current.CancellationToken);

    private sealed class Receiver(ChannelWriter<object> writer) : UntypedActor
    {
        protected override void OnReceive(object message) => writer.TryWrite(message);
    }

    private sealed class Producer(ChannelWriter<object> writer) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Receiver);

        public ActorBase Produce() => new Receiver(writer);

        public void Release(ActorBase actor)
        {
        }
    }
}
