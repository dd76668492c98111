using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class ParkedSpoolsSpecs
{
    private readonly ParkedSpools _spools = new();
    private readonly NamedRef _a = new("a");
    private readonly NamedRef _b = new("b");

    [Fact]
    public void Spools_are_asked_in_turn_one_at_a_time()
    {
        Park(_a, _b);

        Assert.Same(_a, _spools.Next());
        Assert.Null(_spools.Next());
        _spools.Supplied(_a, hasMore: true);
        Assert.Same(_b, _spools.Next());
        _spools.Supplied(_b, hasMore: true);
        Assert.Same(_a, _spools.Next());
    }

    [Fact]
    public void A_spool_without_more_mail_is_asked_no_more()
    {
        Park(_a, _b);
        _spools.Next();

        _spools.Supplied(_a, hasMore: false);

        Assert.Same(_b, _spools.Next());
        _spools.Supplied(_b, hasMore: false);
        Assert.Null(_spools.Next());
        Assert.True(_spools.IsEmpty);
    }

    [Fact]
    public void A_spool_that_parks_again_and_again_has_one_turn_in_each_round()
    {
        for (var i = 0; i < 10; i++)
        {
            Park(_a);
            Assert.Same(_a, _spools.Next());
            _spools.Supplied(_a, hasMore: false);
        }

        Park(_a, _b);
        Assert.Same(_a, Ask());
        Assert.Same(_b, Ask());
        Assert.Same(_a, Ask());
        Assert.Same(_b, Ask());
    }

    [Fact]
    public void What_parks_while_its_spool_is_being_asked_is_not_forgotten()
    {
        Park(_a);
        _spools.Next();
        Park(_a);

        _spools.Supplied(_a, hasMore: true);

        Assert.Same(_a, _spools.Next());
    }

    [Fact]
    public void A_spool_that_is_gone_keeps_nobody_waiting()
    {
        Park(_a, _b);
        _spools.Next();

        _spools.Remove(_a);

        Assert.Same(_b, _spools.Next());
        Assert.Equal([_b], _spools.All.Select(parked => parked.Spool));
    }

    [Fact]
    public void An_answer_to_a_question_of_a_predecessor_adds_no_turn()
    {
        Park(_a, _b);

        _spools.Supplied(_a, hasMore: true);

        Assert.Same(_a, Ask());
        Assert.Same(_b, Ask());
        Assert.Same(_a, Ask());
    }

    private IActorRef? Ask()
    {
        var spool = _spools.Next();
        _spools.Supplied(spool!, hasMore: true);
        return spool;
    }

    private void Park(params IActorRef[] spools)
        => Array.ForEach(spools, spool => _spools.Add(new MailParked(Offers.Target, spool)));
}
