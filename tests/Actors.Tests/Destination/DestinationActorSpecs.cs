using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DestinationActorSpecs() : ActorSpecs(serializesMessages: false)
{
    private readonly NodeFooting _footing = new(TimeProvider.System, () => true);
    private Rate? _rate;

    [Fact]
    public async Task Nodes_share_the_limit_and_newer_leases_have_higher_numbers()
    {
        var destination = Start();

        var a = await AskAsync(destination, new RequestLease(Offers.Key, "a", 3, 10));
        var b = await AskAsync(destination, new RequestLease(Offers.Key, "b", 9, 10));

        Assert.Equal((3, long.MaxValue, LeaseBook.LeaseDuration), (a.Connections, a.Messages, a.ValidFor));
        Assert.Equal(2, b.Connections);
        Assert.True(b.LeaseId > a.LeaseId);
        Assert.Equal(3, Rows("destination-" + Offers.Key));
        await AskAsync(destination, new RequestLease(Offers.Key, "a", 3, 10, new LeaseHolding(a.LeaseId, 3, 0)));
        Assert.Equal(3, Rows("destination-" + Offers.Key));
    }

    [Fact]
    public async Task The_rate_is_journaled_before_it_is_granted_and_outlives_a_restart()
    {
        _rate = new Rate(60, TimeSpan.FromMinutes(1));
        var destination = Start();
        Gate.Close();

        destination.Tell(new RequestLease(Offers.Key, "a", 1, 10), TestActor);
        var write = await Gate.HeldAsync(Stop);
        Assert.IsType<DestinationEvent.RateUsed>(write.Events[^1]);
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
        Assert.Equal(1, (await destination.Ask<DestinationDescription>(new GetDestination(Offers.Key), Stop)).Failures);
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

    [Fact]
    public async Task What_was_set_aside_is_journaled_before_it_is_granted_and_outlives_a_restart()
    {
        var destination = Start();
        Gate.Close();
        destination.Tell(new RequestLease(Offers.Key, "a", 5, 10), TestActor);
        var write = await Gate.HeldAsync(Stop);
        Assert.Equal([new NodeShare("a", 5)], Assert.IsType<DestinationEvent.SharesChanged>(write.Events[^1]).Shares);
        Assert.False(HasMessages);
        Gate.Open();
        write.LetThrough();
        var before = await ExpectMsgAsync<LeaseGranted>(cancellationToken: Stop);

        destination = await RestartAsync(destination);
        Assert.Equal(0, (await AskAsync(destination, new RequestLease(Offers.Key, "b", 5, 10))).Connections);
        var after = await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10, new LeaseHolding(before.LeaseId, 5, 7)));
        Assert.Equal((3, 7), (after.Connections, after.AskedAt));
        Assert.True(after.LeaseId >> 32 > before.LeaseId >> 32);

        Time.Advance(LeaseBook.LeaseDuration + LeaseBook.Grace);
        Assert.Equal(5, (await AskAsync(destination, new RequestLease(Offers.Key, "b", 5, 10))).Connections);
    }

    [Fact]
    public async Task What_a_node_gives_up_goes_to_who_waits_for_it_without_being_asked_again()
    {
        var destination = Start();
        var waiting = CreateTestProbe();
        await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10));
        destination.Tell(new RequestLease(Offers.Key, "b", 5, 10, new LeaseHolding(0, 0, 42)), waiting);
        Assert.Equal(0, (await waiting.ExpectMsgAsync<LeaseGranted>(cancellationToken: Stop)).Connections);

        var shrunk = await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10));
        Assert.Equal(3, shrunk.Connections);
        Assert.False(waiting.HasMessages);
        await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10, new LeaseHolding(shrunk.LeaseId, 3, 0)));

        var given = await waiting.ExpectMsgAsync<LeaseGranted>(cancellationToken: Stop);
        Assert.Equal((2, 42), (given.Connections, given.AskedAt));
    }

    [Fact]
    public async Task A_node_without_a_majority_behind_it_answers_nobody()
    {
        using var footing = new NodeFooting(TimeProvider.System, () => false);
        var destination = Start(footing);

        destination.Tell(new RequestLease(Offers.Key, "a", 1, 10), TestActor);
        await destination.Ask<DestinationDescription>(new GetDestination(Offers.Key), Stop);

        Assert.False(HasMessages);
        Assert.Equal(0, Rows("destination-" + Offers.Key));
    }

    [Fact]
    public async Task After_a_pause_the_authority_proves_that_it_still_is_the_one_before_it_grants()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var footing = new NodeFooting(time, () => true);
        var destination = Start(footing);
        var before = await AskAsync(destination, new RequestLease(Offers.Key, "a", 1, 10));
        time.Advance(NodeFooting.LongestPause + TimeSpan.FromSeconds(1));

        Gate.Close();
        destination.Tell(new RequestLease(Offers.Key, "a", 1, 10), TestActor);
        var write = await Gate.HeldAsync(Stop);
        Assert.Equal(2, Assert.IsType<DestinationEvent.EpochBegan>(write.Events[0]).Epoch);
        Assert.False(HasMessages);
        Gate.Open();
        write.LetThrough();

        Assert.True((await ExpectMsgAsync<LeaseGranted>(cancellationToken: Stop)).LeaseId >> 32 > before.LeaseId >> 32);
        await AskAsync(destination, new RequestLease(Offers.Key, "a", 1, 10));
        Assert.Equal(2, (await destination.Ask<DestinationDescription>(new GetDestination(Offers.Key), Stop)).Leases[0].LeaseId >> 32);
    }

    [Fact]
    public async Task A_second_incarnation_shuts_the_first_out()
    {
        var first = Start();
        await AskAsync(first, new RequestLease(Offers.Key, "a", 1, 10));
        var second = Start();
        await AskAsync(second, new RequestLease(Offers.Key, "b", 1, 10));
        Watch(first);

        first.Tell(new RequestLease(Offers.Key, "a", 5, 10), TestActor);

        await ExpectTerminatedAsync(first, cancellationToken: Stop);
        Assert.False(HasMessages);
    }

    [Fact]
    public async Task A_suspension_is_durable_told_with_each_lease_and_ends_when_it_is_resumed()
    {
        var destination = Start();
        var suspended = await destination.Ask<DestinationDescription>(new SuspendDestination(Offers.Key, "ops", "their request", null), Stop);
        Assert.Equal(new SuspensionDescription("ops", "their request", Time.GetUtcNow(), null), suspended.Suspension);

        destination = await RestartAsync(destination);
        var lease = await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10));
        Assert.Equal((0, suspended.Suspension), (lease.Connections, lease.Suspension));

        var resumed = await destination.Ask<DestinationDescription>(new ResumeDestination(Offers.Key, "ops"), Stop);
        Assert.Null(resumed.Suspension);
        lease = await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10));
        Assert.Equal((5, null), (lease.Connections, lease.Suspension));
    }

    [Fact]
    public async Task A_suspension_with_an_end_ends_by_itself()
    {
        var destination = Start();
        await destination.Ask<DestinationDescription>(new SuspendDestination(Offers.Key, "ops", "tonight", Time.GetUtcNow().AddHours(1)), Stop);
        Assert.Equal(0, (await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10))).Connections);

        Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(5, (await AskAsync(destination, new RequestLease(Offers.Key, "a", 5, 10))).Connections);
        Assert.Null((await destination.Ask<DestinationDescription>(new GetDestination(Offers.Key), Stop)).Suspension);
    }

    [Fact]
    public async Task It_tells_of_its_limits_its_back_off_and_who_holds_what()
    {
        _rate = new Rate(100, TimeSpan.FromMinutes(1));
        var destination = Start();
        var lease = await AskAsync(destination, new RequestLease(Offers.Key, "a", 3, 1));
        await AskAsync(destination, new ReportConnectFailure(Offers.Key, "b", "refused"));

        var told = await destination.Ask<DestinationDescription>(new GetDestination(Offers.Key), Stop);

        Assert.Equal((Offers.Key, "node-z", 5, "100/m"), (told.Destination, told.Node, told.ConnectionLimit, told.Rate));
        Assert.Equal((1, Time.GetUtcNow().AddMinutes(1), "refused"), (told.Failures, told.BackOffUntil, told.BackOffReason));
        Assert.Equal(
            new LeaseDescription(lease.LeaseId, "a", 3, Time.GetUtcNow() + LeaseBook.LeaseDuration + LeaseBook.Grace), Assert.Single(told.Leases));
    }

    private IActorRef Start() => Start(_footing);

    private IActorRef Start(NodeFooting footing)
    {
        Assert.True(ShapingMatch.TryParse("*", out var all));
        var services = new DestinationServices(
            new ShapingTable([new ShapingRule(all, Connections: 5, Rate: _rate)]),
            new BackOffSettings(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
            Time,
            Journal,
            Snapshots)
        {
            NodeName = "node-z",
        };
        return Sys.ActorOf(Props.Create(() => new DestinationActor(Offers.Key, services, footing)));
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
