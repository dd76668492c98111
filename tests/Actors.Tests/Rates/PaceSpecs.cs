using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Rates;

public sealed class PaceSpecs
{
    private static readonly TimeSpan s_start = TimeSpan.FromDays(3);

    private static readonly Gen<(int Wanted, TimeSpan After)> s_step = Gen.Zip(Gen.Choose(1, 30), Gen.Choose(0, 20_000))
        .Select(step => (step.Item1, TimeSpan.FromMilliseconds(step.Item2)));

    [Fact]
    public void A_periods_worth_may_be_taken_at_once_and_comes_back_bit_by_bit()
    {
        var pace = Pace.Of(new Rate(3, TimeSpan.FromMinutes(1)));
        var usedUntil = TimeSpan.Zero;

        Assert.Equal((3, TimeSpan.FromSeconds(20)), pace.Take(5, s_start, ref usedUntil));
        Assert.Equal((0, TimeSpan.FromSeconds(1)), pace.Take(1, s_start + TimeSpan.FromSeconds(19), ref usedUntil));
        Assert.Equal((1, TimeSpan.Zero), pace.Take(1, s_start + TimeSpan.FromSeconds(20), ref usedUntil));
        Assert.Equal((2, TimeSpan.FromSeconds(20)), pace.Take(3, s_start + TimeSpan.FromSeconds(60), ref usedUntil));
        Assert.Equal((3, TimeSpan.Zero), pace.Take(3, s_start + TimeSpan.FromHours(9), ref usedUntil));
    }

    [Fact]
    public void In_any_window_the_rate_and_one_burst_are_taken_at_most_and_nobody_waits_longer_than_he_is_told()
    {
        var rates = Gen.Elements(new Rate(1, TimeSpan.FromSeconds(1)), new Rate(7, TimeSpan.FromMinutes(1)), new Rate(1000, TimeSpan.FromHours(1)), new Rate(int.MaxValue, TimeSpan.FromSeconds(1)));
        Prop.ForAll(rates.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), s_step.ListOf().ToArbitrary(), (rate, nodes, steps) =>
        {
            var pace = Pace.ShareOf(rate, nodes);
            var (now, usedUntil) = (s_start, TimeSpan.Zero);
            var taken = new List<(TimeSpan At, long Count)>();
            foreach (var step in steps)
            {
                now += step.After;
                var (count, retryAfter) = pace.Take(step.Wanted, now, ref usedUntil);
                taken.Add((now, count));
                var (later, earlier) = (usedUntil, usedUntil);
                if (count < step.Wanted && (pace.Take(1, now + retryAfter, ref later).Taken != 1 || pace.Take(1, now + retryAfter - TimeSpan.FromTicks(1), ref earlier).Taken != 0))
                {
                    return false;
                }
            }

            return Enumerable.Range(0, taken.Count).All(from => Enumerable.Range(from, taken.Count - from).All(to =>
                taken[from..(to + 1)].Sum(one => one.Count) <= ((taken[to].At - taken[from].At).Ticks / pace.Interval) + pace.Burst + 1));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(10, 3, 3)]
    [InlineData(2, 5, 1)]
    [InlineData(10, 0, 10)]
    public void Nodes_that_do_without_each_other_share_a_rate(int count, int nodes, int burst)
    {
        var share = Pace.ShareOf(new Rate(count, TimeSpan.FromMinutes(1)), nodes);

        Assert.Equal(burst, share.Burst);
        Assert.Equal(TimeSpan.FromMinutes(1).Ticks / count * Math.Max(1, nodes), share.Interval);
    }
}
