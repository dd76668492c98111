using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DestinationStateSpecs
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly BackOffSettings s_backOff = new(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    [Fact]
    public void Used_rate_outlives_a_new_incarnation()
    {
        var rate = new Rate(1, TimeSpan.FromMinutes(1));
        var state = State(rate: rate);
        state.Apply(new DestinationEvent.RateUsed(s_start.AddMinutes(1)));
        var next = State(rate: rate);

        Replay(state, next);

        Assert.Equal(s_start.AddMinutes(1), next.RateUsedUntil);
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
    public void Backed_off_it_allows_nothing_then_one_connection_and_all_once_it_has_recovered()
    {
        var state = State(connections: 4);
        state.Apply(state.Fail(s_start, "refused")!);
        var until = s_start.AddMinutes(1);
        Assert.Equal(until, state.BackOffUntil);

        Assert.Equal(0, state.AllowedConnections(until.AddTicks(-1)));
        Assert.Equal(1, state.AllowedConnections(until));

        state.Apply(new DestinationEvent.Recovered());
        Assert.Equal(4, state.AllowedConnections(until));
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

        Assert.Equal((state.BackOffUntil, "refused", 2), (next.BackOffUntil, next.BackOffReason, next.Failures));
    }

    [Fact]
    public void A_suspension_allows_nothing_until_it_is_resumed_or_its_time_is_over()
    {
        var state = State(connections: 4);
        var until = s_start.AddHours(1);
        state.Apply(new DestinationEvent.Suspended("ops", "their request", s_start, until));

        Assert.Equal(new SuspensionDescription("ops", "their request", s_start, until), state.SuspensionAt(until.AddTicks(-1)));
        Assert.Equal(0, state.AllowedConnections(until.AddTicks(-1)));
        Assert.Null(state.SuspensionAt(until));
        Assert.Equal(4, state.AllowedConnections(until));

        state.Apply(new DestinationEvent.Suspended("ops", "for good", s_start, null));
        Assert.Equal(0, state.AllowedConnections(s_start.AddYears(9)));
        state.Apply(new DestinationEvent.Resumed("ops", s_start));
        Assert.Equal(4, state.AllowedConnections(s_start));
    }

    [Fact]
    public void A_snapshot_keeps_the_suspension_the_epoch_and_what_is_set_aside()
    {
        var state = State();
        state.Apply(new DestinationEvent.Suspended("ops", "their request", s_start, null));
        state.Apply(new DestinationEvent.EpochBegan(7));
        state.Apply(new DestinationEvent.SharesChanged([new NodeShare("a", 3), new NodeShare("b", 2)]));
        state.Apply(new DestinationEvent.SharesChanged([new NodeShare("b", 0), new NodeShare("c", 1)]));
        var next = State();

        Replay(state, next);

        Assert.Equal(state.SuspensionAt(s_start), next.SuspensionAt(s_start));
        Assert.Equal(7, next.Epoch);
        Assert.Equal([("a", 3), ("c", 1)], next.Reserved.Select(share => (share.Key, share.Value)).Order());
    }

    private static DestinationState State(int connections = 20, Rate? rate = null)
        => new(DestinationLimits.Default with { Connections = connections, Rate = rate }, s_backOff);

    private static void Replay(DestinationState from, DestinationState to)
    {
        foreach (var e in from.ToSnapshot().Events)
        {
            to.Apply(e);
        }
    }
}
