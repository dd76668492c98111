using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class ParkedMailSpecs
{
    private static readonly DestinationKey s_here = new("mx.example.net");
    private static readonly DestinationKey s_there = new("mx.example.com");
    private readonly ParkedMail _parked = new();

    [Fact]
    public void Messages_come_out_oldest_first_each_once()
    {
        var (a, b) = (Mail.Queued(1), Mail.Queued(2));
        Assert.True(_parked.Add(s_here, a));
        Assert.False(_parked.Add(s_here, b));

        Assert.Same(a, _parked.Take(s_here));
        Assert.Same(b, _parked.Take(s_here));
        Assert.Null(_parked.Take(s_here));
        Assert.False(_parked.Has(s_here));
        Assert.True(_parked.Add(s_here, a));
    }

    [Fact]
    public void Urgent_messages_come_out_first()
    {
        var (plain, urgent) = (Mail.Queued(1), new QueuedMessage(Mail.Accepted(2) with { Options = new MailOptions { Priority = 2 } }));
        _parked.Add(s_here, plain);
        _parked.Add(s_here, urgent);

        Assert.Same(urgent, _parked.Take(s_here));
        Assert.Same(plain, _parked.Take(s_here));
        Assert.Null(_parked.Take(s_here));
    }

    [Fact]
    public void A_message_parked_at_two_destinations_is_taken_once()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.com");
        _parked.Add(s_here, message);
        _parked.Add(s_there, message);
        Assert.Equal([s_here, s_there], _parked.Destinations);

        Assert.Same(message, _parked.Take(s_there));
        Assert.False(message.Parked);
        Assert.Null(_parked.Take(s_here));
    }

    [Fact]
    public void Messages_that_are_at_work_or_finished_meanwhile_are_passed_over()
    {
        var (working, finished, waiting) = (Mail.Queued(1), Mail.Queued(2), Mail.Queued(3));
        _parked.Add(s_here, working);
        _parked.Add(s_here, finished);
        _parked.Add(s_here, waiting);
        working.InHand = true;
        finished.Apply(Mail.Delivered(0));

        Assert.Same(waiting, _parked.Take(s_here));
        Assert.Null(_parked.Take(s_here));
    }

    [Fact]
    public void Nothing_is_parked_at_an_unknown_destination()
    {
        Assert.Null(_parked.Take(s_here));
        Assert.False(_parked.Has(s_here));
        Assert.Empty(_parked.Destinations);
    }
}
