using MtaCluster.Protocol.Delivery;
using Xunit;

namespace MtaCluster.Protocol.Tests.Delivery;

public sealed class RetryScheduleSpecs
{
    private static readonly DateTimeOffset s_accepted = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly RetrySchedule s_schedule = new(
        TimeSpan.FromMinutes(5), 2, TimeSpan.FromHours(2), 0.1, TimeSpan.FromDays(5), TimeSpan.FromHours(4));

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(5, 80)]
    [InlineData(6, 120)]
    [InlineData(7, 120)]
    [InlineData(int.MaxValue, 120)]
    [InlineData(0, 5)]
    [InlineData(-3, 5)]
    public void Waits_grow_by_the_factor_up_to_the_maximum(int attempts, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), s_schedule.DelayAfter(attempts, 0.5));

    [Fact]
    public void Jitter_strays_to_either_side()
    {
        Assert.Equal(TimeSpan.FromMinutes(4.5), s_schedule.DelayAfter(1, 0));
        Assert.Equal(TimeSpan.FromMinutes(5.5), s_schedule.DelayAfter(1, 1));
        Assert.Equal(TimeSpan.FromMinutes(132), s_schedule.DelayAfter(100, 1));
        Assert.Equal(TimeSpan.FromMinutes(5), (s_schedule with { Jitter = 0 }).DelayAfter(1, 0.9));
    }

    [Theory]
    [InlineData(double.NaN, double.NaN, double.NaN)]
    [InlineData(double.PositiveInfinity, 9, 9)]
    [InlineData(-4, -1, -1)]
    public void Senseless_numbers_still_give_a_wait_within_reason(double factor, double jitter, double random)
    {
        var wait = (s_schedule with { Factor = factor, Jitter = jitter }).DelayAfter(9, random);
        Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromHours(4));
    }

    [Fact]
    public void The_last_attempt_is_made_as_the_lifetime_ends()
    {
        var end = s_accepted + s_schedule.Lifetime;
        Assert.Equal(end, s_schedule.NextAttempt(s_accepted, end - TimeSpan.FromMinutes(10), 50, 0.5));
        Assert.Equal(s_accepted + TimeSpan.FromMinutes(6), s_schedule.NextAttempt(s_accepted, s_accepted + TimeSpan.FromMinutes(1), 1, 0.5));
        Assert.Null(s_schedule.NextAttempt(s_accepted, end, 50, 0.5));
        Assert.Null(s_schedule.NextAttempt(s_accepted, end + TimeSpan.FromDays(1), 50, 0.5));
    }

    [Fact]
    public void The_sender_is_warned_once_the_delay_is_long_unless_the_message_is_given_up_by_then()
    {
        Assert.Equal(s_accepted + TimeSpan.FromHours(4), s_schedule.DelayWarningAt(s_accepted));
        Assert.Null((s_schedule with { DelayWarningAfter = null }).DelayWarningAt(s_accepted));
        Assert.Null((s_schedule with { Lifetime = TimeSpan.FromHours(4) }).DelayWarningAt(s_accepted));
    }
}
