using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class SpoolAgendaSpecs
{
    private static readonly DestinationKey s_destination = new("mx.example.net");
    private static readonly long s_start = Mail.Start.ToUnixTimeMilliseconds();
    private readonly SpoolAgenda _agenda = new(Mail.Schedule, s_start);

    [Fact]
    public void What_is_due_is_taken_in_hand_in_order()
    {
        var (a, b) = (Mail.Queued(1), Mail.Queued(2));
        _agenda.MakeDue(a);
        _agenda.MakeDue(b);

        Assert.Same(a, _agenda.TakeDue());
        Assert.Same(b, _agenda.TakeDue());
        Assert.Null(_agenda.TakeDue());
        Assert.Equal(2, _agenda.InHand);
        Assert.True(a.InHand);
        Assert.False(_agenda.NeedsTicks);
    }

    [Fact]
    public void A_recovered_message_waits_for_the_time_that_it_had()
    {
        var message = Mail.Queued(1);
        message.Apply(Mail.Deferred(0, Mail.Start.AddMinutes(5)));
        _agenda.Plan(message, s_start);
        Assert.Null(_agenda.TakeDue());
        Assert.True(_agenda.NeedsTicks);

        _agenda.Advance(s_start + Minutes(5) - 1);
        Assert.Null(_agenda.TakeDue());

        _agenda.Advance(s_start + Minutes(5) + TimerWheel.TickMilliseconds);
        Assert.Same(message, _agenda.TakeDue());
    }

    [Fact]
    public void A_message_put_down_waits_for_its_first_recipient_that_is_not_done()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.net", "c@example.net");
        InHand(message);
        message.Apply(Mail.Delivered(0));
        message.Apply(Mail.Deferred(1, Mail.Start.AddMinutes(30)));
        message.Apply(Mail.Deferred(2, Mail.Start.AddMinutes(10)));

        _agenda.PutDown(message, s_start);

        Assert.Equal(0, _agenda.InHand);
        AssertNextLook(message, s_start, Minutes(10));
    }

    [Fact]
    public void A_parked_message_is_looked_at_when_the_delay_warning_is_due()
    {
        var message = Parked();

        AssertNextLook(message, s_start, Minutes(4 * 60));
    }

    [Fact]
    public void A_parked_message_that_was_warned_of_is_looked_at_when_its_lifetime_ends()
    {
        var message = Parked(delayWarned: true);

        AssertNextLook(message, s_start, Minutes(5 * 24 * 60));
    }

    [Fact]
    public void A_parked_message_is_looked_at_when_another_recipient_is_due()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.com");
        InHand(message);
        message.Apply(Mail.Deferred(1, Mail.Start.AddMinutes(7)));
        _agenda.Park(s_destination, message);

        _agenda.PutDown(message, s_start);

        AssertNextLook(message, s_start, Minutes(7));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6 * 24)]
    public void What_could_not_be_reported_in_time_is_not_looked_at_with_every_tick(int hours)
    {
        // The DSN could not be stored: the warning, or the end of the lifetime, is past and still to come.
        var now = s_start + Minutes(hours * 60);
        _agenda.Advance(now);

        var message = Parked(now: now);

        AssertNextLook(message, now, Minutes(5));
    }

    [Fact]
    public void A_message_taken_out_of_the_parking_lot_is_due_and_no_longer_waits_for_a_time()
    {
        var message = Parked();

        Assert.Same(message, _agenda.TakeParked(s_destination));
        _agenda.MakeDue(message);

        Assert.False(_agenda.NeedsTicks);
        Assert.Same(message, _agenda.TakeDue());
        Assert.Null(_agenda.TakeParked(s_destination));
        Assert.False(_agenda.HasParked(s_destination));
    }

    [Fact]
    public void A_finished_message_is_forgotten_wherever_it_was()
    {
        var (inHand, waiting) = (Mail.Queued(1), Mail.Queued(2));
        InHand(inHand);
        waiting.Apply(Mail.Deferred(0, Mail.Start.AddMinutes(5)));
        _agenda.Plan(waiting, s_start);

        _agenda.Forget(inHand);
        _agenda.Forget(waiting);

        Assert.Equal(0, _agenda.InHand);
        Assert.False(_agenda.NeedsTicks);
        _agenda.Advance(s_start + Minutes(60));
        Assert.Null(_agenda.TakeDue());
    }

    private QueuedMessage Parked(bool delayWarned = false, long? now = null)
    {
        var message = Mail.Queued(1);
        message.DelayWarned = delayWarned;
        InHand(message);
        Assert.True(_agenda.Park(s_destination, message));
        _agenda.PutDown(message, now ?? s_start);
        return message;
    }

    private void InHand(QueuedMessage message)
    {
        _agenda.MakeDue(message);
        Assert.Same(message, _agenda.TakeDue());
    }

    private void AssertNextLook(QueuedMessage message, long now, long after)
    {
        _agenda.Advance(now + after - 1);
        Assert.Null(_agenda.TakeDue());
        _agenda.Advance(now + after + TimerWheel.TickMilliseconds);
        Assert.Same(message, _agenda.TakeDue());
    }

    private static long Minutes(int minutes) => minutes * 60_000L;
}
