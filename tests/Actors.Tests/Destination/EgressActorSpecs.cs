using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Tests.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class EgressActorSpecs : DispatcherScenario
{
    [Fact]
    public async Task It_tells_of_each_destination_and_of_each_connection()
    {
        Policy.Limit = 2;
        Peer.HoldDots();
        var egress = StartEgress();
        Assert.Empty((await DescribeEgressAsync(egress)).Dispatchers);
        Offer(egress, 1, 3);
        await AwaitAsync(() => Peer.Messages.Count == 2);

        var told = Assert.Single((await DescribeEgressAsync(egress)).Dispatchers);

        Assert.Equal((Offers.Key, 1, 2, 0, 2), (told.Destination, told.Ready, told.UnderWay, told.Unrecorded, told.LeasedConnections));
        Assert.Equal("all connections are busy", told.Waits);
        Assert.Equal([Mail.Id(1), Mail.Id(2)], told.Connections.Select(connection => connection.Message!.Value).Order());
        Assert.All(told.Connections, connection =>
        {
            Assert.Equal(("sending", 0, Time.GetUtcNow()), (connection.State, connection.Delivered, connection.Since));
            Assert.StartsWith("out-", connection.ConnectionId, StringComparison.Ordinal);
            Assert.Equal("127.0.0.1[127.0.0.1:2525]", connection.NextHop);
        });
        Peer.AnswerDots();
        await SettledAsync(3);
        told = Assert.Single((await DescribeEgressAsync(egress)).Dispatchers);
        Assert.Equal((0, 0, 3, null), (told.Ready, told.UnderWay, told.Unrecorded, told.Waits));
        Assert.Equal(3, told.Connections.Sum(connection => connection.Delivered));
    }

    [Fact]
    public async Task A_dispatcher_that_is_too_busy_to_tell_keeps_nobody_waiting()
    {
        var busy = CreateTestProbe();
        var asker = CreateTestProbe();

        Sys.ActorOf(Props.Create(() => new EgressDescriber(System.Collections.Immutable.ImmutableArray.Create(busy.Ref), asker.Ref)));

        await busy.ExpectMsgAsync<GetDispatcher>(cancellationToken: Stop);
        Assert.Empty((await asker.ExpectMsgAsync<EgressDescription>(cancellationToken: Stop)).Dispatchers);
    }

    [Fact]
    public async Task A_dispatcher_with_nothing_to_do_is_let_go_of_and_another_takes_the_next_message()
    {
        var egress = StartEgress();
        Offer(egress, 1, 1);
        await SettledAsync(1);
        var first = Worker.LastSender;
        first.Tell(new OutcomeRecorded(Mail.Id(1)));
        Watch(first);
        Time.Advance(TimeSpan.FromSeconds(31));
        await ExpectTerminatedAsync(first, cancellationToken: Stop);

        Assert.Empty((await DescribeEgressAsync(egress)).Dispatchers);
        Offer(egress, 2, 2);

        Assert.Equal(Mail.Id(2), (await SettledAsync(1))[0].Id);
        Assert.NotEqual(first, Worker.LastSender);
    }

    [Fact]
    public async Task A_recall_reaches_every_dispatcher()
    {
        Policy.Limit = 0;
        var egress = StartEgress();
        var spool = CreateTestProbe();
        egress.Tell(Offers.Offer(1, spool.Ref), Worker);

        egress.Tell(new RecallMail(spool.Ref));

        Assert.Equal("Queue is moving", (await Worker.ExpectMsgAsync<OfferParked>(cancellationToken: Stop)).Reason.Text);
    }

    private IActorRef StartEgress()
    {
        var services = Services();
        return Sys.ActorOf(Props.Create(() => new EgressActor(services)));
    }

    private static Task<EgressDescription> DescribeEgressAsync(IActorRef egress)
        => egress.Ask<EgressDescription>(GetEgress.Instance, TimeSpan.FromSeconds(30), Stop);
}
