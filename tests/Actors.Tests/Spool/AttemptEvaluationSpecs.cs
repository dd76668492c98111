using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class AttemptEvaluationSpecs
{
    private static readonly Random s_random = new(1);
    private readonly MessageInHand _message = MessageInHand.Of(Mail.Queued(1, "a@example.net", "b@example.net", "c@example.net"));

    [Fact]
    public void Each_recipient_keeps_its_own_outcome()
    {
        var verdict = Evaluate(
            Mail.Start, new(2, Outcome(OutcomeKind.Bounced)), new(0, Outcome(OutcomeKind.Delivered)), new(1, Outcome(OutcomeKind.Deferred)));

        Assert.Equal([(2, OutcomeKind.Bounced), (0, OutcomeKind.Delivered), (1, OutcomeKind.Deferred)], verdict.Recipients.Select(r => (r.Index, r.Kind)));
        Assert.Equal(Mail.Start.AddMinutes(5), verdict.Recipients[2].NotBefore);
        Assert.False(verdict.WarnsOfDelay);
    }

    [Fact]
    public void The_wait_grows_with_the_attempts_before()
    {
        var queued = Mail.Queued(1);
        queued.Apply(Mail.Deferred(0, Mail.Start));
        queued.Apply(Mail.Deferred(0, Mail.Start));

        var verdict = AttemptEvaluation.Evaluate(
            MessageInHand.Of(queued), [new(0, Outcome(OutcomeKind.Deferred))], Mail.Start, Mail.Schedule, s_random);

        Assert.Equal(Mail.Start.AddMinutes(20), verdict.Recipients[0].NotBefore);
    }

    [Fact]
    public void The_last_attempt_is_at_the_end_of_the_lifetime()
    {
        var verdict = Evaluate(Mail.Start.AddDays(5).AddSeconds(-1), new IndexedOutcome(0, Outcome(OutcomeKind.Deferred)));

        Assert.Equal(OutcomeKind.Deferred, verdict.Recipients[0].Kind);
        Assert.Equal(Mail.Start.AddDays(5), verdict.Recipients[0].NotBefore);
    }

    [Fact]
    public void A_deferral_after_the_lifetime_is_a_bounce_that_says_what_was_in_the_way()
    {
        var verdict = Evaluate(Mail.Start.AddDays(5), new IndexedOutcome(0, Outcome(OutcomeKind.Deferred)));

        var bounced = Assert.Single(verdict.Recipients);
        Assert.Equal(OutcomeKind.Bounced, bounced.Kind);
        Assert.Equal(new EnhancedStatusCode(4, 4, 7), bounced.Reply.Enhanced);
        Assert.Contains("450 4.2.0 mailbox busy", bounced.Reply.Text, StringComparison.Ordinal);
        Assert.False(verdict.WarnsOfDelay);
    }

    [Theory]
    [InlineData(3.99, false, OutcomeKind.Deferred, false)]
    [InlineData(4, false, OutcomeKind.Deferred, true)]
    [InlineData(4, true, OutcomeKind.Deferred, false)]
    [InlineData(4, false, OutcomeKind.Delivered, false)]
    public void The_sender_is_warned_once_and_only_of_what_still_waits(double hours, bool warned, OutcomeKind kind, bool warns)
    {
        var verdict = AttemptEvaluation.Evaluate(
            _message with { DelayWarned = warned }, [new(0, Outcome(kind))], Mail.Start.AddHours(hours), Mail.Schedule, s_random);

        Assert.Equal(warns, verdict.WarnsOfDelay);
    }

    [Fact]
    public void Nobody_is_warned_where_no_warning_is_asked_for()
        => Assert.False(AttemptEvaluation.IsLate(_message, Mail.Start.AddDays(4), Mail.Schedule with { DelayWarningAfter = null }));

    [Fact]
    public void A_message_expires_with_its_lifetime()
    {
        Assert.False(AttemptEvaluation.IsExpired(_message, Mail.Start.AddDays(5).AddTicks(-1), Mail.Schedule));
        Assert.True(AttemptEvaluation.IsExpired(_message, Mail.Start.AddDays(5), Mail.Schedule));
    }

    private AttemptVerdict Evaluate(DateTimeOffset now, params IndexedOutcome[] outcomes)
        => AttemptEvaluation.Evaluate(_message, outcomes, now, Mail.Schedule, s_random);

    private static RecipientOutcome Outcome(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Delivered => new RecipientOutcome(kind, FailureScope.None, Mail.Taken),
        OutcomeKind.Deferred => new RecipientOutcome(kind, FailureScope.Recipient, Mail.Busy),
        _ => new RecipientOutcome(kind, FailureScope.Recipient, Mail.Unknown),
    };
}
