using Akka.Actor;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class LocalSpoolsSpecs
{
    private readonly LocalSpools _spools = new(3);

    [Fact]
    public void All_are_opened_once_each_has_been_open_even_if_one_has_moved_on()
    {
        var first = Add(0);
        Add(1);
        _spools.Remove(first);
        Add(0);
        Assert.False(_spools.AllOpened.IsCompleted);

        Add(2);

        Assert.True(_spools.AllOpened.IsCompletedSuccessfully);
    }

    [Fact]
    public void None_accepts_where_none_is_open()
    {
        Assert.Null(_spools.Accepting);
        Assert.Null(_spools.Find(0));
        Assert.Equal(0, _spools.QueuedMessages);
    }

    [Fact]
    public void One_accepts_until_it_has_grown_well_past_the_smallest()
    {
        var (a, b) = (Add(0), Add(1));
        a.Count = 10;
        b.Count = 5_000;
        Assert.Same(a, _spools.Accepting);

        a.Count = 6_900;
        Assert.Same(a, _spools.Accepting);

        a.Count = 7_100;
        Assert.Same(b, _spools.Accepting);
        Assert.Equal(12_100, _spools.QueuedMessages);
    }

    [Fact]
    public void A_spool_that_stops_accepts_no_more()
    {
        var (a, b) = (Add(0), Add(1));
        b.Count = 1;
        Assert.Same(a, _spools.Accepting);

        _spools.Remove(a);

        Assert.Same(b, _spools.Accepting);
        Assert.Null(_spools.Find(0));
        Assert.False(a.IsOpen);
        Assert.Equal([b], _spools.Open);
    }

    private LocalSpool Add(int number)
    {
        var spool = new LocalSpool(number, ActorRefs.Nobody);
        _spools.Add(spool);
        return spool;
    }
}
