using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A dispatcher between a worker that offers, an authority that grants and a mail exchanger that takes.</summary>
public abstract class DispatcherScenario : ActorSpecs
{
    private const int Connections = 20;

    protected DispatcherScenario()
        : base(serializesMessages: true)
    {
        Policy = new FakeAuthority.Policy(Time);
        Parent = CreateTestProbe();
        Worker = CreateTestProbe();
    }

    internal FakeExchanger Peer { get; } = new();

    internal FakeAuthority.Policy Policy { get; }

    protected StoreHealth Health { get; } = new();

    protected TestProbe Parent { get; }

    protected TestProbe Worker { get; }

    protected int MessagesPerConnection { get; set; } = 100;

    protected long AskedNow => Time.GetElapsedTime(0).Ticks;

    protected IActorRef Start()
    {
        var services = Services();
        return Parent.ChildActorOf(Props.Create(() => new DispatcherActor(Offers.Key, services, new WorkTaken())), Stop);
    }

    internal EgressServices Services()
    {
        Assert.True(ShapingMatch.TryParse("*", out var all));
        var shaping = new ShapingTable([new ShapingRule(all, Connections, MessagesPerConnection, null, TimeSpan.FromSeconds(30))]);
        var authority = Sys.ActorOf(Props.Create(() => new FakeAuthority(Policy)));
        return new EgressServices(
            "node-a", "mx.example.org", authority, shaping, new HopResolver(new FakeDns(), [], []), Peer, new FakeStore(), false, new SmtpTimeouts(), Time)
        {
            Health = Health,
        };
    }

    protected void Offer(IActorRef dispatcher, int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            dispatcher.Tell(Offers.Offer(n, null, Recipients(n, n)[0]), Worker.Ref);
        }
    }

    protected static ImmutableArray<string> Recipients(int from, int to)
        => [.. Enumerable.Range(from, to - from + 1).Select(n => $"r{n:d3}@example.net")];

    internal async Task<IReadOnlyList<OfferSettled>> SettledAsync(int count)
    {
        var settled = new List<OfferSettled>();
        while (settled.Count < count)
        {
            settled.Add(await Worker.ExpectMsgAsync<OfferSettled>(cancellationToken: Stop));
        }

        return settled;
    }

    internal static Task<DispatcherDescription> DescribeAsync(IActorRef dispatcher)
        => dispatcher.Ask<DispatcherDescription>(GetDispatcher.Instance, TimeSpan.FromSeconds(30), Stop);

    protected async Task AwaitAsync(Func<bool> condition)
        => await AwaitConditionAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(5), cancellationToken: Stop);
}
