using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DispatchGateSpecs
{
    private static readonly DateTimeOffset s_clock = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Moment s_now = After(0);
    private readonly DispatchGate _gate = new();

    [Fact]
    public void Without_a_lease_nothing_is_allowed()
    {
        Assert.False(_gate.MaySend(s_now));
        Assert.Equal(0, _gate.AllowedConnections(s_now));
        Assert.Equal(0, _gate.MessagesLeft(s_now));
    }

    [Fact]
    public void A_lease_is_worth_nothing_once_it_has_expired()
    {
        _gate.Take(Lease(1, connections: 3), s_now);

        Assert.Equal(3, _gate.AllowedConnections(After(4.999)));
        Assert.True(_gate.MaySend(After(4.999)));
        Assert.Equal(0, _gate.AllowedConnections(After(5)));
        Assert.False(_gate.MaySend(After(5)));
    }

    [Fact]
    public void A_lease_that_was_overtaken_is_ignored()
    {
        _gate.Take(Lease(2, connections: 1), s_now);

        _gate.Take(Lease(1, connections: 9, askedAt: 1), After(1));

        Assert.Equal(1, _gate.AllowedConnections(After(1)));
    }

    [Fact]
    public void Messages_are_used_up_and_what_is_left_goes_over_into_the_next_lease()
    {
        _gate.Take(Lease(1, messages: 2), s_now);
        _gate.Sent();
        Assert.Equal(1, _gate.MessagesLeft(s_now));

        _gate.Take(Lease(2, messages: 2, askedAt: 1), After(1));
        Assert.Equal(3, _gate.MessagesLeft(After(1)));

        _gate.Take(Lease(3, messages: 2, askedAt: 20), After(20));
        Assert.Equal(2, _gate.MessagesLeft(After(20)));
        _gate.Sent();
        _gate.Sent();
        Assert.False(_gate.MaySend(After(20)));
    }

    [Fact]
    public void Without_a_rate_messages_are_not_counted()
    {
        _gate.Take(Lease(1), s_now);
        _gate.Sent();
        _gate.Take(Lease(2), s_now);

        Assert.Equal(long.MaxValue, _gate.MessagesLeft(s_now));
    }

    [Fact]
    public void Backed_off_it_allows_nothing_until_the_authority_has_answered()
    {
        _gate.Take(Lease(1), s_now);

        _gate.BackOff(s_now);
        Assert.True(_gate.IsBackedOff(s_now));
        Assert.Equal(0, _gate.AllowedConnections(s_now));

        _gate.Take(Lease(2, connections: 0, backOffUntil: s_clock.AddMinutes(1)), s_now);
        Assert.True(_gate.IsBackedOff(After(59)));

        _gate.Take(Lease(3, connections: 1, backOffUntil: s_clock.AddMinutes(1), askedAt: 60), After(60));
        Assert.False(_gate.IsBackedOff(After(60)));
        Assert.Equal(1, _gate.AllowedConnections(After(60)));

        _gate.Take(Lease(4, askedAt: 60), After(60));
        Assert.Null(_gate.BackOffUntil);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(0, 1)]
    public void A_peer_that_refused_one_more_gets_no_more_than_it_had_for_a_while(int established, int allowed)
    {
        _gate.Take(Lease(1, connections: 9), s_now);

        _gate.RefusedBeyond(established, s_now);

        Assert.Equal(allowed, _gate.AllowedConnections(s_now));
        _gate.Take(Lease(2, connections: 9, askedAt: 59), After(59));
        Assert.Equal(allowed, _gate.AllowedConnections(After(59)));
        Assert.Equal(9, _gate.AllowedConnections(After(60)));
    }

    [Fact]
    public void A_lease_counts_from_when_it_was_asked_for_and_time_on_the_way_is_not_added()
    {
        _gate.Take(Lease(1, askedAt: 10), After(13));
        Assert.Equal(5, _gate.AllowedConnections(After(14.9)));
        Assert.Equal(0, _gate.AllowedConnections(After(15)));

        _gate.Take(Lease(2, askedAt: 10), After(15));
        Assert.Equal(0, _gate.AllowedConnections(After(15)));
    }

    [Fact]
    public void An_answer_from_the_future_is_worth_no_more_than_a_lease()
    {
        _gate.Take(Lease(1, askedAt: 1_000), After(0));

        Assert.Equal(0, _gate.AllowedConnections(After(5)));
    }

    [Fact]
    public void The_calendar_may_be_set_without_a_lease_growing_longer()
    {
        _gate.Take(Lease(1), s_now);

        Assert.Equal(0, _gate.AllowedConnections(new Moment(s_clock.AddDays(-1), TimeSpan.FromSeconds(5))));
        Assert.Equal(5, _gate.AllowedConnections(new Moment(s_clock.AddDays(1), TimeSpan.FromSeconds(4))));
    }

    [Fact]
    public void What_it_holds_is_what_is_open_or_could_still_be_opened()
    {
        Assert.Equal(new LeaseHolding(0, 0, s_now.Steady.Ticks), _gate.Holding(0, s_now));

        _gate.Take(Lease(7, connections: 3), s_now);
        Assert.Equal((7, 3), (_gate.Holding(1, s_now).LeaseId, _gate.Holding(1, s_now).Connections));
        Assert.Equal(4, _gate.Holding(4, s_now).Connections);
        Assert.Equal(1, _gate.Holding(1, After(5)).Connections);

        _gate.Forgo(2);
        Assert.Equal(2, _gate.Holding(1, s_now).Connections);
        Assert.Equal(2, _gate.AllowedConnections(s_now));
    }

    [Fact]
    public void What_is_being_sent_when_a_lease_ends_has_a_second_to_end()
    {
        _gate.Take(Lease(1), s_now);

        Assert.False(_gate.IsOverdue(After(5.9)));
        Assert.True(_gate.IsOverdue(After(6)));
    }

    [Fact]
    public void Suspended_it_allows_nothing_until_its_time_is_over_or_a_lease_says_otherwise()
    {
        var suspension = new SuspensionDescription("ops", "their request", s_clock, s_clock.AddSeconds(2));
        _gate.Take(Lease(1) with { Suspension = suspension }, s_now);

        Assert.Equal(suspension, _gate.SuspensionAt(s_now));
        Assert.False(_gate.MaySend(s_now));
        Assert.Equal(0, _gate.AllowedConnections(s_now));
        Assert.True(_gate.MaySend(After(2)));

        _gate.Take(Lease(2), After(1));
        Assert.Null(_gate.SuspensionAt(After(1)));
    }

    private static Moment After(double seconds) => new(s_clock.AddSeconds(seconds), TimeSpan.FromSeconds(seconds));

    private static LeaseGranted Lease(
        long id, int connections = 5, long messages = long.MaxValue, DateTimeOffset? backOffUntil = null, double askedAt = 0)
        => new(
            new DestinationKey("mx.example.net"),
            id,
            connections,
            messages,
            TimeSpan.FromSeconds(5),
            backOffUntil,
            TimeSpan.FromSeconds(askedAt).Ticks);
}
