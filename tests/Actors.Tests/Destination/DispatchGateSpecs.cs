using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class DispatchGateSpecs
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
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

        Assert.Equal(3, _gate.AllowedConnections(s_now.AddSeconds(4.999)));
        Assert.True(_gate.MaySend(s_now.AddSeconds(4.999)));
        Assert.Equal(0, _gate.AllowedConnections(s_now.AddSeconds(5)));
        Assert.False(_gate.MaySend(s_now.AddSeconds(5)));
    }

    [Fact]
    public void A_lease_that_was_overtaken_is_ignored()
    {
        _gate.Take(Lease(2, connections: 1), s_now);

        _gate.Take(Lease(1, connections: 9), s_now.AddSeconds(1));

        Assert.Equal(1, _gate.AllowedConnections(s_now.AddSeconds(1)));
    }

    [Fact]
    public void Messages_are_used_up_and_what_is_left_goes_over_into_the_next_lease()
    {
        _gate.Take(Lease(1, messages: 2), s_now);
        _gate.Sent();
        Assert.Equal(1, _gate.MessagesLeft(s_now));

        _gate.Take(Lease(2, messages: 2), s_now.AddSeconds(1));
        Assert.Equal(3, _gate.MessagesLeft(s_now.AddSeconds(1)));

        _gate.Take(Lease(3, messages: 2), s_now.AddSeconds(20));
        Assert.Equal(2, _gate.MessagesLeft(s_now.AddSeconds(20)));
        _gate.Sent();
        _gate.Sent();
        Assert.False(_gate.MaySend(s_now.AddSeconds(20)));
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

        _gate.Take(Lease(2, connections: 0, backOffUntil: s_now.AddMinutes(1)), s_now);
        Assert.True(_gate.IsBackedOff(s_now.AddSeconds(59)));

        _gate.Take(Lease(3, connections: 1, backOffUntil: s_now.AddMinutes(1)), s_now.AddMinutes(1));
        Assert.False(_gate.IsBackedOff(s_now.AddMinutes(1)));
        Assert.Equal(1, _gate.AllowedConnections(s_now.AddMinutes(1)));

        _gate.Take(Lease(4), s_now.AddMinutes(1));
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
        _gate.Take(Lease(2, connections: 9), s_now.AddSeconds(59));
        Assert.Equal(allowed, _gate.AllowedConnections(s_now.AddSeconds(59)));
        Assert.Equal(9, _gate.AllowedConnections(s_now.AddSeconds(60)));
    }

    private static LeaseGranted Lease(
        long id, int connections = 5, long messages = long.MaxValue, DateTimeOffset? backOffUntil = null)
        => new(new DestinationKey("mx.example.net"), id, connections, messages, TimeSpan.FromSeconds(5), backOffUntil);
}
