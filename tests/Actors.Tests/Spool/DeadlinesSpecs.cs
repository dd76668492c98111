using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>The schedule of specs warns after 4 hours and gives up after 120.</summary>
public sealed class DeadlinesSpecs
{
    public static TheoryData<string, int?, int?, bool, double, int?, int, bool> Cases => new()
    {
        { "nothing was asked for", null, null, false, 0, 4, 120, false },
        { "held: life begins with the release", 10, null, false, 10, 14, 130, false },
        { "held until before it came", -3, null, false, 0, 4, 120, false },
        { "to be notified earlier", null, 1, false, 0, 1, 120, false },
        { "to be notified later", null, 30, false, 0, 30, 120, false },
        { "to be notified after the end", null, 200, false, 0, null, 120, false },
        { "late before it came: its sender was told there", null, -1, false, 0, 4, 120, false },
        { "to be returned in time", null, 10, true, 0, 4, 10, true },
        { "to be returned before any warning", null, 2, true, 0, null, 2, true },
        { "to be returned after the end", null, 200, true, 0, 4, 120, false },
        { "to be returned before its release", 10, 5, true, 10, null, 5, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void They_follow_from_the_schedule_and_what_was_asked_for(
        string name, int? hold, int? deliverBy, bool returns, double begin, int? warning, int expiry, bool onRequest)
    {
        var options = new MailOptions
        {
            HoldUntil = hold is { } hours ? Mail.Start.AddHours(hours) : null,
            DeliverBy = deliverBy is { } by
                ? new DeliverBy(Mail.Start.AddHours(by), returns ? DeliverByMode.Return : DeliverByMode.Notify, Trace: false)
                : null,
        };
        var message = new QueuedMessage(Mail.Accepted(1) with { Options = options });
        var expected = new Deadlines(
            Mail.Start.AddHours(begin), warning is { } after ? Mail.Start.AddHours(after) : null, Mail.Start.AddHours(expiry), onRequest);

        Assert.True(expected == Deadlines.Of(message, Mail.Schedule), $"{name}: {Deadlines.Of(message, Mail.Schedule)}");
        Assert.Equal(expected, Deadlines.Of(MessageInHand.Of(message), Mail.Schedule));
    }

    [Fact]
    public void A_message_that_is_held_for_ever_has_times_too()
    {
        var message = new QueuedMessage(Mail.Accepted(1) with { Options = new MailOptions { HoldUntil = DateTimeOffset.MaxValue } });
        var deadlines = Deadlines.Of(message, Mail.Schedule);
        Assert.True(deadlines.Begin < deadlines.WarningAt && deadlines.WarningAt < deadlines.ExpiresAt);
    }
}
