using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote.Transport;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Storage;
using Xunit;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>What a node makes of what it sees of its cluster. Three actor systems, whose connections can be cut.</summary>
public sealed class MembershipSpecs
{
    private const string Cuttable = "akka.remote.dot-netty.tcp.applied-adapters = [\"trttl\"]\nakka.cluster.split-brain-resolver.stable-after = ";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_that_sees_too_few_reports_it_and_takes_it_back_when_it_heals()
    {
        await using var nodes = new ClusterNodes();
        var (a, b, c) = (Watch(nodes, "10m"), Watch(nodes, "10m"), Watch(nodes, "10m"));
        await FormAsync(a, b, c);

        await c.CutAsync(Blackhole.Instance, a, b);
        await c.WaitUntilAsync(health => !health.IsGood);
        Assert.StartsWith("cluster: only 1 of 3 nodes can be seen", Assert.Single(c.Health.Troubles), StringComparison.Ordinal);
        await a.WaitUntilAsync(_ => !Cluster.Get(a.System).State.Unreachable.IsEmpty);
        Assert.True(a.Health.IsGood);

        await c.CutAsync(Unthrottled.Instance, a, b);
        await c.WaitUntilAsync(health => health.IsGood);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_for_good_is_put_out_by_itself_and_the_others_go_on()
    {
        await using var nodes = new ClusterNodes();
        var (a, b, c) = (Watch(nodes, "1s"), Watch(nodes, "1s"), Watch(nodes, "1s"));
        await FormAsync(a, b, c);

        await c.CutAsync(Blackhole.Instance, a, b);

        Assert.Equal("removed", await c.NextAsync());
        await c.System.WhenTerminated.WaitAsync(ClusterNodes.Patience, Stop);
        await a.WaitUntilAsync(_ => Cluster.Get(a.System).State.Members.Count == 2);
        Assert.True(a.Health.IsGood);
    }

    [Fact]
    public async Task A_node_that_an_administrator_puts_out_knows_it()
    {
        await using var nodes = new ClusterNodes();
        var (a, b) = (Watch(nodes, "10m"), Watch(nodes, "10m"));
        await FormAsync(a, b);

        Cluster.Get(a.System).Down(Cluster.Get(b.System).SelfAddress);

        Assert.Equal("removed", await b.NextAsync());
    }

    [Fact]
    public async Task A_node_that_is_to_leave_knows_it_and_has_not_been_put_out()
    {
        await using var nodes = new ClusterNodes();
        var (a, b) = (Watch(nodes, "10m"), Watch(nodes, "10m"));
        await FormAsync(a, b);

        Cluster.Get(a.System).Leave(Cluster.Get(b.System).SelfAddress);

        Assert.Equal("leaving", await b.NextAsync());
        await b.System.WhenTerminated.WaitAsync(ClusterNodes.Patience, Stop);
        Assert.DoesNotContain("removed", b.Rest);
        Assert.True(a.Health.IsGood);
    }

    [Fact]
    public async Task A_process_that_stood_still_takes_no_mail_until_it_has_looked_around()
    {
        await using var nodes = new ClusterNodes();
        var (a, b) = (Watch(nodes, "10m"), Watch(nodes, "10m"));
        await FormAsync(a, b);

        b.Time.Advance(TimeSpan.FromSeconds(20));
        await b.WaitUntilAsync(health => !health.IsGood);
        Assert.StartsWith("cluster: this process stood still", Assert.Single(b.Health.Troubles), StringComparison.Ordinal);

        b.Time.Advance(TimeSpan.FromSeconds(2));
        await b.WaitUntilAsync(health => health.IsGood);
    }

    private static async Task FormAsync(params Watched[] nodes)
    {
        await ClusterNodes.FormAsync([.. nodes.Select(node => node.System)]);
        foreach (var node in nodes)
        {
            await node.WaitUntilAsync(_ => Cluster.Get(node.System).State.Members.Count(member => member.Status == MemberStatus.Up) == nodes.Length);
        }
    }

    private static Watched Watch(ClusterNodes nodes, string stableAfter) => new(nodes.Start(overrides: Cuttable + stableAfter));

    private sealed class Watched
    {
        private readonly Channel<string> _told = Channel.CreateUnbounded<string>();

        public Watched(ActorSystem system)
        {
            System = system;
            ClusterMembership.Start(system, new MembershipServices(
                new SplitBrainPolicy(SplitBrainStrategy.KeepMajority), Health, () => _told.Writer.TryWrite("leaving"), _ => _told.Writer.TryWrite("removed"), Time));
        }

        public ActorSystem System { get; }

        public StoreHealth Health { get; } = new();

        public FakeTimeProvider Time { get; } = new();

        public IEnumerable<string> Rest
        {
            get
            {
                while (_told.Reader.TryRead(out var told))
                {
                    yield return told;
                }
            }
        }

        public async Task<string> NextAsync() => await _told.Reader.ReadAsync(Stop).AsTask().WaitAsync(ClusterNodes.Patience, Stop);

        // Both ways, at this end: what is sent is lost, and so is what comes.
        public async Task CutAsync(ThrottleMode mode, params Watched[] others)
        {
            var transport = ((Akka.Remote.IRemoteActorRefProvider)((ExtendedActorSystem)System).Provider).Transport;
            foreach (var other in others)
            {
                var address = Cluster.Get(other.System).SelfAddress;
                await transport.ManagementCommand(new SetThrottle(address, ThrottleTransportAdapter.Direction.Both, mode)).WaitAsync(ClusterNodes.Patience, Stop);
            }
        }

        /// <summary>Looks again and again, for what the actor reports comes with no event.</summary>
        public async Task WaitUntilAsync(Func<StoreHealth, bool> condition)
        {
            using var expired = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            expired.CancelAfter(ClusterNodes.Patience);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!condition(Health))
            {
                await timer.WaitForNextTickAsync(expired.Token);
            }
        }
    }
}
