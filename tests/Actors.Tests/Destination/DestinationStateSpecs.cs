using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DestinationStateSpecs
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(5);
    private static readonly BackOffSettings s_backOff = new(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    private static readonly Gen<Step> s_step = Gen.Zip(Gen.Choose(0, 5), Gen.Zip(Gen.Choose(0, 30), Gen.Choose(0, 3_000)))
        .Select(step => new Step(step.Item1, step.Item2.Item1, TimeSpan.FromMilliseconds(step.Item2.Item2)));

    [Fact]
    public void Leases_in_force_never_add_up_to_more_than_the_limit()
    {
        Prop.ForAll(Gen.Choose(1, 25).ToArbitrary(), s_step.ListOf().ToArbitrary(), (limit, steps) =>
        {
            var state = State(connections: limit);
            var leases = new Dictionary<int, (int Connections, DateTimeOffset Expires)>();
            var now = s_start;
            foreach (var step in steps)
            {
                now += step.After;
                var granted = state.GrantConnections(Node(step.Node), step.Wanted, now, s_lease);
                leases[step.Node] = (granted, now + s_lease);
                Assert.InRange(granted, 0, step.Wanted);
                Assert.InRange(leases.Values.Where(lease => lease.Expires > now).Sum(lease => lease.Connections), 0, limit);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void In_any_window_the_rate_and_one_burst_go_out_at_most()
    {
        var rates = Gen.Elements(new Rate(1, TimeSpan.FromSeconds(1)), new Rate(3, TimeSpan.FromSeconds(1)), new Rate(7, TimeSpan.FromMinutes(1)),
            new Rate(100, TimeSpan.FromMinutes(1)), new Rate(5_000, TimeSpan.FromHours(1)), new Rate(3_000_000, TimeSpan.FromSeconds(1)));
        Prop.ForAll(rates.ToArbitrary(), s_step.ListOf().ToArbitrary(), (rate, steps) =>
        {
            var state = State(rate: rate);
            var grants = new List<(DateTimeOffset At, long Messages)>();
            var now = s_start;
            foreach (var step in steps)
            {
                now += step.After;
                grants.Add((now, Use(state, step.Wanted, now)));
            }

            var perSecond = rate.Count / rate.Period.TotalSeconds;
            var burst = Math.Max(1, perSecond);
            for (var from = 0; from < grants.Count; from++)
            {
                var sum = 0L;
                for (var to = from; to < grants.Count; to++)
                {
                    sum += grants[to].Messages;
                    var window = (grants[to].At - grants[from].At).TotalSeconds;
                    Assert.True(sum <= (perSecond * window) + burst + 0.001, $"{sum} in {window} s at {rate}");
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(60, 60)]
    public void The_rate_is_used_up_to_the_last_message_where_there_is_demand(int perMinute, int minutes)
    {
        var state = State(rate: new Rate(perMinute, TimeSpan.FromMinutes(1)));
        var sent = 0L;
        for (var second = 0; second < minutes * 60; second++)
        {
            sent += Use(state, 10, s_start.AddSeconds(second));
        }

        Assert.InRange(sent, (perMinute * minutes) - 1, (perMinute * minutes) + 1);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(25_000_000)]
    public void A_rate_of_more_than_one_message_per_tick_lets_mail_through(int perSecond)
        => Assert.Equal(50, State(rate: new Rate(perSecond, TimeSpan.FromSeconds(1))).GrantMessages(50, s_start).Messages);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Who_wants_no_messages_gets_none(int wanted)
        => Assert.Equal((0, null), State(rate: new Rate(10, TimeSpan.FromSeconds(1))).GrantMessages(wanted, s_start));

    [Fact]
    public void Without_a_rate_there_is_no_bound_and_nothing_to_journal()
        => Assert.Equal((long.MaxValue, null), State().GrantMessages(5, s_start));

    [Fact]
    public void Used_rate_outlives_a_new_incarnation()
    {
        var rate = new Rate(1, TimeSpan.FromMinutes(1));
        var state = State(rate: rate);
        Assert.Equal(1, Use(state, 5, s_start));
        var next = State(rate: rate);

        Replay(state, next);

        Assert.Equal(0, Use(next, 5, s_start.AddSeconds(59)));
        Assert.Equal(1, Use(next, 5, s_start.AddSeconds(60)));
    }

    [Fact]
    public void A_lease_that_was_not_renewed_is_anyones()
    {
        var state = State(connections: 1);
        Assert.Equal(1, state.GrantConnections("a", 5, s_start, s_lease));
        Assert.Equal(0, state.GrantConnections("b", 5, s_start + s_lease - TimeSpan.FromTicks(1), s_lease));
        Assert.Equal(1, state.GrantConnections("b", 5, s_start + s_lease, s_lease));
        Assert.Equal(0, state.GrantConnections("a", 5, s_start + s_lease, s_lease));
    }

    [Fact]
    public void A_lease_can_be_given_back()
    {
        var state = State(connections: 3);
        state.GrantConnections("a", 3, s_start, s_lease);

        Assert.Equal(0, state.GrantConnections("a", 0, s_start, s_lease));
        Assert.Equal(3, state.GrantConnections("b", 3, s_start, s_lease));
    }

    [Fact]
    public void Each_failure_doubles_the_back_off_up_to_its_maximum()
    {
        var state = State();
        var now = s_start;
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 })
        {
            var e = Assert.IsType<DestinationEvent.BackedOff>(state.Fail(now, "refused"));
            Assert.Equal(now.AddMinutes(minutes), e.Until);
            state.Apply(e);
            Assert.Null(state.Fail(e.Until.AddTicks(-1), "refused"));
            now = e.Until;
        }

        Assert.Equal(s_backOff.Maximum, s_backOff.After(int.MaxValue));
        Assert.Equal(s_backOff.Initial, s_backOff.After(0));
    }

    [Fact]
    public void Backed_off_it_grants_nothing_then_one_connection_to_one_node_and_all_once_it_has_recovered()
    {
        var state = State(connections: 4);
        state.Apply(state.Fail(s_start, "refused")!);
        var until = s_start.AddMinutes(1);
        Assert.Equal(until, state.BackOffUntil);

        Assert.Equal(0, state.GrantConnections("a", 4, until.AddTicks(-1), s_lease));
        Assert.Equal(1, state.GrantConnections("a", 4, until, s_lease));
        Assert.Equal(0, state.GrantConnections("b", 4, until, s_lease));

        state.Apply(new DestinationEvent.Recovered());
        Assert.Equal(4, state.GrantConnections("a", 4, until, s_lease));
        Assert.Equal(0, state.Failures);
        Assert.Equal(until.AddMinutes(1), ((DestinationEvent.BackedOff)state.Fail(until, "refused")!).Until);
    }

    [Fact]
    public void A_snapshot_keeps_the_back_off_and_the_number_of_failures()
    {
        var state = State();
        state.Apply(state.Fail(s_start, "refused")!);
        state.Apply(state.Fail(s_start.AddMinutes(1), "refused")!);
        var next = State();

        Replay(state, next);

        Assert.Equal((state.BackOffUntil, 2), (next.BackOffUntil, next.Failures));
    }

    private static DestinationState State(int connections = 20, Rate? rate = null)
        => new(DestinationLimits.Default with { Connections = connections, Rate = rate }, s_backOff);

    private static long Use(DestinationState state, int wanted, DateTimeOffset now)
    {
        var (messages, e) = state.GrantMessages(wanted, now);
        if (e is not null)
        {
            state.Apply(e);
        }

        return messages;
    }

    private static void Replay(DestinationState from, DestinationState to)
    {
        foreach (var e in from.ToSnapshot().Events)
        {
            to.Apply(e);
        }
    }

    private static string Node(int n) => "node-" + (char)('a' + n);

    private sealed record Step(int Node, int Wanted, TimeSpan After);
}
