using Akka.Actor;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Destination;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class ConnectionPoolSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionPool _pool;
    private readonly NamedRef _a = new("a");
    private readonly NamedRef _b = new("b");

    public ConnectionPoolSpecs()
    {
        _pool = new ConnectionPool(_time);
    }

    [Fact]
    public void A_connection_counts_from_the_moment_it_is_opened_to_its_end()
    {
        _pool.Add(_a, Offers.Item(1));
        Assert.Equal((1, 0), (_pool.Count, _pool.EstablishedCount));
        _pool.Opened(_a);
        _pool.Opened(_a);
        Assert.Equal((1, 1), (_pool.Count, _pool.EstablishedCount));

        Assert.NotNull(_pool.Release(_a, reusable: false, 100));

        Assert.True(_pool.IsClosing(_a));
        Assert.Equal((1, 0), (_pool.Count, _pool.EstablishedCount));
        Assert.Null(_pool.Remove(_a));
        Assert.Equal(0, _pool.Count);
    }

    [Fact]
    public void The_most_recently_used_connection_is_used_first()
    {
        Open(_a, 1);
        Open(_b, 2);
        _pool.Release(_b, reusable: true, 100);
        _pool.Release(_a, reusable: true, 100);

        Assert.Same(_a, _pool.TakeIdle());
        Assert.Same(_b, _pool.TakeIdle());
        Assert.Null(_pool.TakeIdle());
    }

    [Fact]
    public void After_its_last_message_a_connection_is_closed()
    {
        var second = Offers.Item(2);
        Open(_a, 1);
        _pool.Release(_a, reusable: true, 2);
        Assert.False(_pool.IsClosing(_a));
        _pool.Assign(_pool.TakeIdle()!, second);

        Assert.Same(second, _pool.Release(_a, reusable: true, 2));

        Assert.True(_pool.IsClosing(_a));
        Assert.Null(_pool.TakeIdle());
    }

    [Fact]
    public void A_connection_that_dies_gives_back_its_message_once()
    {
        var item = Offers.Item(1);
        _pool.Add(_a, item);

        Assert.Same(item, _pool.Remove(_a));
        Assert.Null(_pool.Remove(_a));
        Assert.Null(_pool.Release(_a, reusable: true, 100));
    }

    [Fact]
    public void A_delivery_ends_once()
    {
        Open(_a, 1);
        Assert.NotNull(_pool.Release(_a, reusable: true, 100));
        Assert.Null(_pool.Release(_a, reusable: true, 100));
        Assert.Same(_a, _pool.TakeIdle());
        Assert.Null(_pool.TakeIdle());
    }

    [Fact]
    public void Idle_connections_are_closed_and_busy_ones_are_not()
    {
        Open(_a, 1);
        Open(_b, 2);
        _pool.Release(_b, reusable: true, 100);

        Assert.Empty(_pool.CloseIdle(TimeSpan.FromHours(1)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([_b], _pool.CloseIdle(TimeSpan.FromHours(1)));

        Assert.True(_pool.IsClosing(_b));
        Assert.False(_pool.IsClosing(_a));
        Assert.Equal((2, 1), (_pool.Count, _pool.EstablishedCount));
    }

    [Fact]
    public void Connections_beyond_what_is_allowed_are_closed_as_far_as_they_are_idle()
    {
        var c = new NamedRef("c");
        Open(_a, 1);
        Open(_b, 2);
        Open(c, 3);
        _pool.Release(_a, reusable: true, 100);
        _pool.Release(_b, reusable: true, 100);

        Assert.Empty(_pool.CloseBeyond(3));
        Assert.Equal([_a], _pool.CloseBeyond(2));
        Assert.Equal([_b], _pool.CloseBeyond(0));
        Assert.Empty(_pool.CloseBeyond(0));
        Assert.False(_pool.IsClosing(c));
    }

    private void Open(IActorRef connection, int n)
    {
        _pool.Add(connection, Offers.Item(n));
        _pool.Opened(connection);
    }
}
