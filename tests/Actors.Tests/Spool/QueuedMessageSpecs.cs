using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class QueuedMessageSpecs
{
    [Fact]
    public void The_envelope_unpacks_as_it_was()
    {
        var text = ArbMap.Default.GeneratorFor<string>().Where(s => s is not null && IsText(s));
        Prop.ForAll(text.ToArbitrary(), text.NonEmptyListOf().ToArbitrary(), (reversePath, recipients) =>
        {
            var message = new QueuedMessage(Mail.Accepted(1) with { ReversePath = reversePath, Recipients = [.. recipients] });
            var (from, to) = message.Envelope();
            return from == reversePath && to.SequenceEqual(recipients) && message.PendingRecipients == recipients.Count;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void It_is_due_with_its_earliest_recipient_that_is_not_done()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.net");
        Assert.Equal(0, message.NextAttemptMilliseconds);

        message.Apply(Mail.Deferred(0, Mail.Start.AddMinutes(5)));
        message.Apply(Mail.Deferred(1, Mail.Start.AddMinutes(9)));
        Assert.Equal(Mail.Start.AddMinutes(5).ToUnixTimeMilliseconds(), message.NextAttemptMilliseconds);

        message.Apply(Mail.Delivered(0));
        Assert.Equal(Mail.Start.AddMinutes(9).ToUnixTimeMilliseconds(), message.NextAttemptMilliseconds);

        message.Apply(Mail.Bounced(1));
        Assert.Equal(long.MaxValue, message.NextAttemptMilliseconds);
        Assert.True(message.IsFinished);
    }

    [Fact]
    public void Attempts_and_the_last_reply_are_kept_per_recipient()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.net");

        message.Apply(Mail.Deferred(0, Mail.Start));
        message.Apply(Mail.Bounced(0));

        Assert.Equal((2, Mail.Unknown, true), (message.Recipients[0].Attempts, message.Recipients[0].LastReply, message.Recipients[0].IsDone));
        Assert.Equal((0, null, false), (message.Recipients[1].Attempts, message.Recipients[1].LastReply, message.Recipients[1].IsDone));
    }

    [Fact]
    public void A_fault_of_ours_puts_it_off_without_an_attempt()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.net");
        message.Apply(Mail.Deferred(1, Mail.Start.AddMinutes(9)));

        message.Postpone(Mail.Start.AddMinutes(5).ToUnixTimeMilliseconds());

        Assert.Equal(0, message.Recipients[0].Attempts);
        Assert.Equal(Mail.Start.AddMinutes(5).ToUnixTimeMilliseconds(), message.Recipients[0].NotBeforeMilliseconds);
        Assert.Equal(Mail.Start.AddMinutes(9).ToUnixTimeMilliseconds(), message.Recipients[1].NotBeforeMilliseconds);
    }

    [Fact]
    public void In_hand_it_tells_who_is_due()
    {
        var message = Mail.Queued(1, "a@example.net", "b@example.net", "c@example.net");
        message.Apply(Mail.Delivered(0));
        message.Apply(Mail.Deferred(1, Mail.Start.AddMinutes(5)));

        var inHand = MessageInHand.Of(message);

        var now = Mail.Start.ToUnixTimeMilliseconds();
        Assert.Equal([false, false, true], inHand.Recipients.Select(recipient => recipient.IsDueAt(now)));
        Assert.Equal([false, true, true], inHand.Recipients.Select(recipient => recipient.IsDueAt(now + 300_000)));
        Assert.Equal(["a@example.net", "b@example.net", "c@example.net"], inHand.Recipients.Select(recipient => recipient.Address));
    }

    private static bool IsText(string text) => text.Length < 300 && !text.Any(char.IsSurrogate);
}
