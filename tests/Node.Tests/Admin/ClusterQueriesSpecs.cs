using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Admin;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Hosting;
using Xunit;

namespace MtaCluster.Node.Tests.Admin;

/// <summary>What is said of those who do not answer.</summary>
public sealed class ClusterQueriesSpecs : IAsyncDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("MtaCluster", WireConfiguration.Hocon + """
        akka {
          stdout-loglevel = OFF
          loglevel = OFF
          actor.provider = cluster
          remote.dot-netty.tcp.hostname = "127.0.0.1"
          remote.dot-netty.tcp.port = 0
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Fact]
    public async Task Spools_that_do_not_answer_are_named_together_and_the_others_answer()
    {
        var queries = Queries(spools: 9);

        var answers = await queries.AskSpoolsAsync<MessagesFlushed>(spool => new FlushMessages(spool, new QueueFilter()));

        Assert.Equal([0, 1, 5], answers.Select(answer => answer.Spool));
        Assert.Equal(
            [new Unanswered("spools 6-8", "it failed"), new Unanswered("spools 2-4", "nothing came within 5s")],
            queries.Unanswered.OrderBy(silent => silent.Reason, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_destination_that_does_not_answer_is_named()
    {
        var queries = Queries(spools: 1);

        Assert.Null(await queries.AskDestinationAsync<DestinationDescription>(new GetDestination(new DestinationKey("mx.example.net"))));

        Assert.Equal(new Unanswered("destination mx.example.net", "nothing came within 5s"), Assert.Single(queries.Unanswered));
    }

    [Fact]
    public async Task A_node_is_asked_before_it_is_in_a_cluster_and_after()
    {
        NodeQueries.Start(_system, [new Query("good", "[1,2]"), new Query("bad", "{")]);
        var queries = Queries(spools: 1);

        Assert.Equal("1,2", await AskForNumbersAsync(queries));
        await Cluster.Get(_system).JoinAsync(Cluster.Get(_system).SelfAddress, Stop);
        Assert.Equal("1,2", await AskForNumbersAsync(queries));
        Assert.Empty(queries.Unanswered);

        Assert.Empty(await queries.AskNodesAsync<int[]>("bad"));
        Assert.Empty(await queries.AskNodesAsync<int[]>("news"));
        Assert.Equal(2, queries.Unanswered.Length);
        Assert.All(queries.Unanswered, silent => Assert.Equal(Cluster.Get(_system).SelfAddress.ToString(), silent.Who));
    }

    private static async Task<string> AskForNumbersAsync(ClusterQueries queries)
        => string.Join(',', Assert.Single(await queries.AskNodesAsync<int[]>("good")).Answer);

    private ClusterQueries Queries(int spools)
    {
        var region = _system.ActorOf(Props.Create(() => new Spools()));
        var services = new AdminServices(
            _system, region, spools, region, null, null, new NodeReadiness(new StoreHealth()), TimeProvider.System);
        return new ClusterQueries(services, Stop);
    }

    private sealed class Spools : ReceiveActor
    {
        public Spools()
        {
            Receive<FlushMessages>(flush => flush.Spool is < 2 or 5, flush => Sender.Tell(new MessagesFlushed(flush.Spool, "node", 1)));
            Receive<FlushMessages>(flush => flush.Spool > 5, _ => Sender.Tell(new Status.Failure(new InvalidOperationException("it failed"))));
            ReceiveAny(_ => { });
        }
    }

    private sealed class Query(string name, string answer) : INodeQuery
    {
        public string Name => name;

        public Task<ImmutableArray<byte>> AnswerAsync(ImmutableArray<byte> arguments)
            => Task.FromResult(ImmutableArray.Create(System.Text.Encoding.UTF8.GetBytes(answer)));
    }
}
