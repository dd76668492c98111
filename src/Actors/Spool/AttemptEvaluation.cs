using System.Collections.Immutable;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>An outcome for the recipient at a place in the message.</summary>
internal readonly record struct IndexedOutcome(int Index, RecipientOutcome Outcome);

/// <summary>What follows from a batch of outcomes.</summary>
/// <param name="Recipients">The transitions to journal.</param>
/// <param name="WarnsOfDelay">The message has become late: tell its sender of the deferred recipients.</param>
internal readonly record struct AttemptVerdict(ImmutableArray<RecipientTransition> Recipients, bool WarnsOfDelay);

/// <summary>
/// The retry policy, pure: a deferral is tried again by the schedule until the message's lifetime is over, with the last attempt at the
/// very end of it; a deferral after that is a bounce. See <see cref="Deadlines"/> for what a sender may change of it.
/// </summary>
internal static class AttemptEvaluation
{
    private static readonly EnhancedStatusCode s_expired = new(4, 4, 7);
    private static readonly EnhancedStatusCode s_expiredOnRequest = new(5, 4, 7);

    public static AttemptVerdict Evaluate(
        MessageInHand message, ReadOnlySpan<IndexedOutcome> outcomes, DateTimeOffset now, RetrySchedule schedule, Random random)
    {
        var transitions = ImmutableArray.CreateBuilder<RecipientTransition>(outcomes.Length);
        var deadlines = Deadlines.Of(message, schedule);
        var hasDeferred = false;
        foreach (ref readonly var item in outcomes)
        {
            if (item.Outcome.Kind != OutcomeKind.Deferred)
            {
                transitions.Add(new RecipientTransition(item.Index, item.Outcome.Kind, item.Outcome.Reply, default));
                continue;
            }

            var attempts = message.Recipients[item.Index].Attempts + 1;
            var next = NextAttempt(deadlines, now, attempts, schedule, random);
            hasDeferred |= next is not null;
            transitions.Add(next is { } notBefore
                ? new RecipientTransition(item.Index, OutcomeKind.Deferred, item.Outcome.Reply, notBefore)
                : new RecipientTransition(item.Index, OutcomeKind.Bounced, Expired(item.Outcome.Reply, deadlines), default));
        }

        return new AttemptVerdict(transitions.MoveToImmutable(), hasDeferred && IsLate(message, now, schedule));
    }

    /// <summary>Whether the sender is to be told now that the message is late.</summary>
    public static bool IsLate(MessageInHand message, DateTimeOffset now, RetrySchedule schedule)
        => !message.DelayWarned && now >= Deadlines.Of(message, schedule).WarningAt;

    /// <summary>Whether the message's lifetime is over.</summary>
    public static bool IsExpired(MessageInHand message, DateTimeOffset now, RetrySchedule schedule) => now >= Deadlines.Of(message, schedule).ExpiresAt;

    /// <summary>
    /// The reply of a recipient whose time has run out: delivery time expired (RFC 3463 §3.5), with what was last in the way. For good, where the
    /// sender set the time (RFC 2852 §4).
    /// </summary>
    public static SmtpReply Expired(SmtpReply? last, in Deadlines deadlines) => deadlines.ExpiresOnRequest
        ? new SmtpReply(554, s_expiredOnRequest, last is null ? "Delivery time expired" : $"Delivery time expired; last: {last}")
        : new SmtpReply(last?.Code ?? 451, s_expired, $"Delivery time expired; last: {last}");

    private static DateTimeOffset? NextAttempt(in Deadlines deadlines, DateTimeOffset now, int attempts, RetrySchedule schedule, Random random)
    {
        var next = schedule.NextAttempt(deadlines.Begin, now, attempts, random.NextDouble());
        return now >= deadlines.ExpiresAt ? null : next > deadlines.ExpiresAt ? deadlines.ExpiresAt : next;
    }
}
