using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class TimerWheelSpecs
{
    private const long Tick = TimerWheel.TickMilliseconds;
    private const long HorizonTicks = (1L << 30) - (1L << 24);
    private const long Start = 1_893_553_445_678;

    private readonly TimerWheel _wheel = new(Start);
    private readonly List<TimerWheelNode> _expired = [];

    private static readonly Gen<long> s_distance = Gen.OneOf(
        Gen.Choose(-500, 500).Select(n => (long)n),
        Gen.Choose(0, 20_000).Select(n => (long)n),
        Gen.Choose(0, 40_000_000).Select(n => (long)n),
        Gen.Choose(0, 2_000_000_000).Select(n => n * 60L),
        Gen.Constant(64 * Tick),
        Gen.Constant(4096 * Tick),
        Gen.Constant(long.MaxValue / 2));

    private static readonly Gen<long> s_step = Gen.OneOf(
        Gen.Choose(0, 250).Select(n => (long)n),
        Gen.Choose(1, 10_000).Select(n => (long)n),
        Gen.Choose(1, 5_000_000).Select(n => (long)n),
        Gen.Elements(63 * Tick, 64 * Tick, 65 * Tick, 4096 * Tick, 262_144 * Tick));

    private static readonly Gen<Step> s_anyStep = Gen.OneOf(
        Gen.Zip(Gen.Choose(0, 19), s_distance).Select(pair => (Step)new Step.Schedule(pair.Item1, pair.Item2)),
        Gen.Zip(Gen.Choose(0, 19), s_distance).Select(pair => (Step)new Step.Schedule(pair.Item1, pair.Item2)),
        Gen.Choose(0, 19).Select(n => (Step)new Step.Cancel(n)),
        s_step.Select(by => (Step)new Step.Advance(by)));

    [Fact]
    public void It_does_what_a_sorted_list_does()
    {
        Prop.ForAll(s_anyStep.ListOf().ToArbitrary(), steps => AgreesWithModel(steps))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(120));
    }

    [Fact]
    public void Nothing_fires_early_and_nothing_later_than_the_tick_after()
    {
        Prop.ForAll(Gen.Choose(1, 3_000_000).ToArbitrary(), Gen.Choose(1, 977).ToArbitrary(), (distance, step) =>
        {
            var wheel = new TimerWheel(Start);
            var node = new Node();
            wheel.Schedule(node, Start + distance);
            var fired = new List<TimerWheelNode>();
            var now = Start + Math.Max(0, distance - 2_000);
            wheel.Advance(now, fired);
            while (fired.Count == 0)
            {
                now += step;
                wheel.Advance(now, fired);
            }

            return now >= Start + distance && now < Start + distance + Tick + step;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_due_in_the_past_fires_at_the_next_tick_and_not_at_once()
    {
        _wheel.Schedule(new Node(), 0);
        _wheel.Schedule(new Node(), -1);

        _wheel.Advance(Start, _expired);
        Assert.Empty(_expired);

        _wheel.Advance(Start + Tick, _expired);
        Assert.Equal(2, _expired.Count);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 50)]
    public void What_is_never_due_waits_until_the_horizon(long due)
    {
        var node = new Node();

        _wheel.Schedule(node, due);
        _wheel.Advance(Start + (1_000 * Tick), _expired);

        Assert.Empty(_expired);
        Assert.True(node.IsScheduled);
        _wheel.Advance(Start + (HorizonTicks * Tick), _expired);
        Assert.Same(node, Assert.Single(_expired));
    }

    [Fact]
    public void Items_come_out_by_tick()
    {
        Node[] nodes = [new(), new(), new()];
        _wheel.Schedule(nodes[0], Start + 900_000);
        _wheel.Schedule(nodes[1], Start + 100);
        _wheel.Schedule(nodes[2], Start + 30_000);

        _wheel.Advance(Start + 1_000_000, _expired);

        Assert.Equal([nodes[1], nodes[2], nodes[0]], _expired);
        Assert.All(nodes, node => Assert.False(node.IsScheduled));
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void A_clock_that_goes_back_fires_nothing_twice()
    {
        _wheel.Schedule(new Node(), Start + 1_000);
        _wheel.Advance(Start + 2_000, _expired);
        var late = new Node();

        _wheel.Advance(Start - 60_000, _expired);
        _wheel.Schedule(late, Start + 2_500);
        _wheel.Advance(Start + 2_400, _expired);
        Assert.Single(_expired);

        _wheel.Advance(Start + 2_700, _expired);
        Assert.Same(late, _expired[1]);
    }

    private static bool AgreesWithModel(IEnumerable<Step> steps)
    {
        var now = Start;
        var tick = Start / Tick;
        var wheel = new TimerWheel(now);
        var nodes = Enumerable.Range(0, 20).Select(_ => new Node()).ToArray();
        var model = new Dictionary<Node, long>();
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.Schedule(var n, var distance):
                    wheel.Schedule(nodes[n], now + distance);
                    model[nodes[n]] = Math.Clamp((now + distance + Tick - 1) / Tick, tick + 1, tick + HorizonTicks);
                    break;
                case Step.Cancel(var n):
                    wheel.Cancel(nodes[n]);
                    model.Remove(nodes[n]);
                    break;
                case Step.Advance(var by):
                    now += by;
                    tick = now / Tick;
                    var expired = new List<TimerWheelNode>();
                    wheel.Advance(now, expired);
                    var due = model.Where(pair => pair.Value <= tick).ToDictionary();
                    Assert.Equal(due.Keys.ToHashSet(), expired.Cast<Node>().ToHashSet());
                    Assert.Equal(due.Count, expired.Count);
                    Assert.Equal(due.Values.Order(), expired.Select(node => due[(Node)node]));
                    Array.ForEach([.. due.Keys], node => model.Remove(node));
                    break;
            }

            Assert.Equal(model.Count, wheel.Count);
            Assert.All(nodes, node => Assert.Equal(model.ContainsKey(node), node.IsScheduled));
        }

        return true;
    }

    private abstract record Step
    {
        public sealed record Schedule(int Node, long Distance) : Step;

        public sealed record Cancel(int Node) : Step;

        public sealed record Advance(long By) : Step;
    }

    private sealed class Node : TimerWheelNode;
}
