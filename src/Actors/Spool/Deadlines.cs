using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>The times of a message: what the schedule says, as far as its sender did not ask for others.</summary>
/// <param name="Begin">When its life begins: its receipt, or its release if it is held (RFC 4865).</param>
/// <param name="WarningAt">When its sender is told of the delay; null for never.</param>
/// <param name="ExpiresAt">When it is given up.</param>
/// <param name="ExpiresOnRequest">It is its sender who wants it given up then (BY with mode R, RFC 2852 §4): no attempt is made any more.</param>
internal readonly record struct Deadlines(DateTimeOffset Begin, DateTimeOffset? WarningAt, DateTimeOffset ExpiresAt, bool ExpiresOnRequest)
{
    /// <summary>Those of a queued message.</summary>
    public static Deadlines Of(QueuedMessage message, RetrySchedule schedule)
    {
        var received = TimeOf(message.ReceivedAtMilliseconds);
        return message.HasOptions
            ? Of(received, TimeOf(message.HoldUntilMilliseconds), message.DeliverByMilliseconds, message.GivesUpInTime, schedule)
            : Of(received, received, 0, false, schedule);
    }

    /// <summary>Those of a message in hand.</summary>
    public static Deadlines Of(MessageInHand message, RetrySchedule schedule) => Of(
        message.ReceivedAt,
        message.Options.HoldUntil ?? message.ReceivedAt,
        message.Options.DeliverBy?.At.ToUnixTimeMilliseconds() ?? 0,
        message.Options.DeliverBy is { Mode: DeliverByMode.Return },
        schedule);

    private static Deadlines Of(DateTimeOffset received, DateTimeOffset held, long deliverBy, bool givesUp, RetrySchedule schedule)
    {
        // Whoever holds mail for ever asks for a time after which there is none.
        var latest = DateTimeOffset.MaxValue - schedule.Lifetime - (schedule.DelayWarningAfter ?? TimeSpan.Zero);
        var begin = held > latest ? latest : held > received ? held : received;
        var (warning, expires, onRequest) = (schedule.DelayWarningAt(begin), begin + schedule.Lifetime, false);
        if (deliverBy > received.ToUnixTimeMilliseconds() && !givesUp)
        {
            // The sender has said when it begins to be late. If it was before it came here, then he has been told.
            warning = TimeOf(deliverBy);
        }
        else if (deliverBy != 0 && givesUp && TimeOf(deliverBy) is var given && given < expires)
        {
            (expires, onRequest) = (given, true);
        }

        return new Deadlines(begin, warning < expires ? warning : null, expires, onRequest);
    }

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
