using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

public sealed class RateAllowanceSpecs
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(int Wanted, TimeSpan After)> s_step = Gen.Zip(Gen.Choose(0, 30), Gen.Choose(0, 3_000))
        .Select(step => (step.Item1, TimeSpan.FromMilliseconds(step.Item2)));

    [Fact]
    public void In_any_window_the_rate_and_one_burst_go_out_at_most()
    {
        var rates = Gen.Elements(new Rate(1, TimeSpan.FromSeconds(1)), new Rate(3, TimeSpan.FromSeconds(1)), new Rate(7, TimeSpan.FromMinutes(1)),
            new Rate(100, TimeSpan.FromMinutes(1)), new Rate(5_000, TimeSpan.FromHours(1)), new Rate(3_000_000, TimeSpan.FromSeconds(1)));
        Prop.ForAll(rates.ToArbitrary(), s_step.ListOf().ToArbitrary(), (rate, steps) =>
        {
            var usedUntil = DateTimeOffset.MinValue;
            var grants = new List<(DateTimeOffset At, long Messages)>();
            var now = s_start;
            foreach (var step in steps)
            {
                now += step.After;
                grants.Add((now, RateAllowance.Grant(rate, step.Wanted, now, ref usedUntil)));
            }

            var perSecond = rate.Count / rate.Period.TotalSeconds;
            var burst = Math.Max(1, perSecond);
            for (var from = 0; from < grants.Count; from++)
            {
                var sum = 0L;
                for (var to = from; to < grants.Count; to++)
                {
                    sum += grants[to].Messages;
                    var window = (grants[to].At - grants[from].At).TotalSeconds;
                    Assert.True(sum <= (perSecond * window) + burst + 0.001, $"{sum} in {window} s at {rate}");
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(60, 60)]
    public void The_rate_is_used_up_to_the_last_message_where_there_is_demand(int perMinute, int minutes)
    {
        var usedUntil = DateTimeOffset.MinValue;
        var sent = 0L;
        for (var second = 0; second < minutes * 60; second++)
        {
            sent += RateAllowance.Grant(new Rate(perMinute, TimeSpan.FromMinutes(1)), 10, s_start.AddSeconds(second), ref usedUntil);
        }

        Assert.InRange(sent, (perMinute * minutes) - 1, (perMinute * minutes) + 1);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(25_000_000)]
    public void A_rate_of_more_than_one_message_per_tick_lets_mail_through(int perSecond)
        => Assert.Equal(50, Grant(new Rate(perSecond, TimeSpan.FromSeconds(1)), 50));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Who_wants_no_messages_gets_none(int wanted) => Assert.Equal(0, Grant(new Rate(10, TimeSpan.FromSeconds(1)), wanted));

    [Fact]
    public void Who_is_given_less_than_a_tenth_of_a_second_s_worth_waits_for_more()
    {
        var rate = new Rate(1_000, TimeSpan.FromSeconds(1));
        var usedUntil = DateTimeOffset.MinValue;
        var grants = 0;
        for (var ms = 0; ms < 10_000; ms++)
        {
            grants += RateAllowance.Grant(rate, 500, s_start.AddMilliseconds(ms), ref usedUntil) > 0 ? 1 : 0;
        }

        Assert.InRange(grants, 1, 103);
        Assert.InRange(usedUntil, s_start.AddSeconds(10.8), s_start.AddSeconds(11));
    }

    private static int Grant(Rate rate, int wanted)
    {
        var usedUntil = DateTimeOffset.MinValue;
        return RateAllowance.Grant(rate, wanted, s_start, ref usedUntil);
    }
}
