using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A rate over three nodes and several authorities.</summary>
public sealed class DestinationRateSpecs() : ActorSpecs(serializesMessages: false)
{
    private static readonly Rate s_rate = new(60, TimeSpan.FromMinutes(1));

    private readonly NodeFooting _footing = new(TimeProvider.System, () => true);
    private readonly DispatchGate[] _nodes = [new(), new(), new()];
    private readonly List<int> _sent = [];

    [Fact]
    public async Task Sixty_a_minute_are_no_more_in_any_five_minutes_than_three_hundred_a_burst_and_what_each_node_held()
    {
        var destination = Start();
        for (var second = 0; second < 400; second++)
        {
            if (second is 90 or 200)
            {
                destination = await RestartAsync(destination);
            }

            var sent = 0;
            for (var node = 0; node < _nodes.Length; node++)
            {
                await AskAsync(destination, node);

                // For a while nobody can send what he has: it is not to come on top later.
                sent += second is > 30 and < 60 ? 0 : SendAll(_nodes[node]);
            }

            _sent.Add(sent);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.All(Enumerable.Range(0, 100), from => Assert.InRange(_sent.Skip(from).Take(300).Sum(), 0, 300 + 1 + _nodes.Length));
        Assert.InRange(_sent.Sum(), 365, 404);
    }

    private Moment Instant => Moment.Of(Time);

    private async Task AskAsync(IActorRef destination, int node)
    {
        var gate = _nodes[node];
        var messages = RateAllowance.Burst(s_rate) - (int)gate.MessagesLeft(Instant);
        var request = new RequestLease(Offers.Key, "node-" + node, 1, messages, gate.Holding(1, Instant));
        gate.Take(await destination.Ask<LeaseGranted>(request, TimeSpan.FromSeconds(30), Stop), Instant);
    }

    private int SendAll(DispatchGate gate)
    {
        var sent = 0;
        for (; gate.MaySend(Instant); sent++)
        {
            gate.Sent();
        }

        return sent;
    }

    private IActorRef Start()
    {
        Assert.True(ShapingMatch.TryParse("*", out var all));
        var services = new DestinationServices(
            new ShapingTable([new ShapingRule(all, Connections: 5, Rate: s_rate)]),
            new BackOffSettings(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
            Time,
            Journal,
            Snapshots);
        return Sys.ActorOf(Props.Create(() => new DestinationActor(Offers.Key, services, _footing)));
    }

    private async Task<IActorRef> RestartAsync(IActorRef destination)
    {
        Watch(destination);
        Sys.Stop(destination);
        await ExpectTerminatedAsync(destination, cancellationToken: Stop);
        return Start();
    }
}
