using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DestinationActorSpecs() : ActorSpecs(serializesMessages: false)
{
    private Rate? _rate;

    [Fact]
    public async Task Nodes_share_the_limit_and_newer_leases_have_higher_numbers()
    {
        var destination = Start();

        var a = await AskAsync(destination, new RequestLease(Offers.Key, "a", 3, 10));
        var b = await AskAsync(destination, new RequestLease(Offers.Key, "b", 9, 10));

        Assert.Equal((3, long.MaxValue, DestinationActor.LeaseDuration), (a.Connections, a.Messages, a.ValidFor));
        Assert.Equal(2, b.Connections);
        Assert.True(b.LeaseId > a.LeaseId);
        Assert.Equal(0, Rows("destination-" + Offers.Key));
    }

    [Fact]
    public async Task The_rate_is_journaled_before_it_is_granted_and_outlives_a_restart()
    {
        _rate = new Rate(60, TimeSpan.FromMinutes(1));
        var destination = Start();
        Gate.Close();

        destination.Tell(new RequestLease(Offers.Key, "a", 1, 10), TestActor);
        var write = await Gate.HeldAsync(Stop);
        Assert.IsType<DestinationEvent.RateUsed>(Assert.Single(write.Events));
        Assert.False(HasMessages);
        Gate.Open();
        write.LetThrough();
        Assert.Equal(1, (await ExpectMsgAsync<LeaseGranted>(cancellationToken: Stop)).Messages);

        destination = await RestartAsync(destination);
        Assert.Equal(0, (await AskAsync(destination, new RequestLease(Offers.Key, "a", 1, 10))).Messages);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await AskAsync(destination, new RequestLease(Offers.Key, "a", 1, 10))).Messages);
    }

    [Fact]
    public async Task A_back_off_outlives_a_restart_and_ends_with_the_first_success()
    {
        var destination = Start();
        var lease = await AskAsync(destination, new ReportConnectFailure(Offers.Key, "a", "refused"));
        Assert.Equal((0, Time.GetUtcNow().AddMinutes(1)), (lease.Connections, lease.BackOffUntil));

        destination = await RestartAsync(destination);
        Assert.Equal(0, (await AskAsync(destination, new RequestLease(Offers.Key, "b", 9, 10))).Connections);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await AskAsync(destination, new RequestLease(Offers.Key, "b", 9, 10))).Connections);

        lease = await AskAsync(destination, new ReportConnectSuccess(Offers.Key, "b", 9, 10));
        Assert.Equal((5, null), (lease.Connections, lease.BackOffUntil));
    }

    [Fact]
    public async Task Many_failures_at_once_are_one()
    {
        var destination = Start();

        var first = await AskAsync(destination, new ReportConnectFailure(Offers.Key, "a", "refused"));
        var second = await AskAsync(destination, new ReportConnectFailure(Offers.Key, "b", "refused"));

        Assert.Equal(first.BackOffUntil, second.BackOffUntil);
        Assert.Equal(1, Rows("destination-" + Offers.Key));
    }

    [Fact]
    public async Task Where_the_journal_fails_nothing_is_granted()
    {
        _rate = new Rate(1, TimeSpan.FromSeconds(1));
        var destination = Start();
        Gate.Close();
        destination.Tell(new RequestLease(Offers.Key, "a", 1, 10), TestActor);
        var write = await Gate.HeldAsync(Stop);
        var watcher = CreateTestProbe();
        watcher.Watch(destination);

        write.Fail();

        await watcher.ExpectTerminatedAsync(destination, cancellationToken: Stop);
        Assert.False(HasMessages);
    }

    private IActorRef Start()
    {
        Assert.True(ShapingMatch.TryParse("*", out var all));
        var services = new DestinationServices(
            new ShapingTable([new ShapingRule(all, Connections: 5, Rate: _rate)]),
            new BackOffSettings(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
            Time,
            Journal,
            Snapshots);
        return Sys.ActorOf(Props.Create(() => new DestinationActor(Offers.Key, services)));
    }

    private async Task<IActorRef> RestartAsync(IActorRef destination)
    {
        var watcher = CreateTestProbe();
        watcher.Watch(destination);
        Sys.Stop(destination);
        await watcher.ExpectTerminatedAsync(destination, cancellationToken: Stop);
        return Start();
    }

    private static Task<LeaseGranted> AskAsync(IActorRef destination, object message)
        => destination.Ask<LeaseGranted>(message, TimeSpan.FromSeconds(30), Stop);
}
