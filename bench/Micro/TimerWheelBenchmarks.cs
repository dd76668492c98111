using BenchmarkDotNet.Attributes;
using MtaCluster.Actors.Spool;

namespace MtaCluster.Micro;

/// <summary>The retry timers of a spool: their cost must not depend on how many messages wait.</summary>
[MemoryDiagnoser]
public class TimerWheelBenchmarks
{
    private const int Operations = 1000;
    private readonly Random _random = new(1);
    private readonly List<TimerWheelNode> _expired = [];
    private Node[] _nodes = [];
    private TimerWheel _wheel = new(0);
    private long _now;

    /// <summary>How many messages wait.</summary>
    [Params(1_000, 1_000_000)]
    public int Waiting { get; set; }

    /// <summary>Fills the wheel with retries of up to two hours.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _now = 1_000_000;
        _wheel = new TimerWheel(_now);
        _nodes = new Node[Waiting];
        for (var i = 0; i < Waiting; i++)
        {
            _nodes[i] = new Node();
            _wheel.Schedule(_nodes[i], _now + _random.Next(7_200_000));
        }
    }

    /// <summary>Moves a waiting message to another time.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Reschedule()
    {
        for (var i = 0; i < Operations; i++)
        {
            _wheel.Schedule(_nodes[_random.Next(Waiting)], _now + _random.Next(7_200_000));
        }
    }

    /// <summary>One tick, and what came due is scheduled anew.</summary>
    [Benchmark]
    public int Tick()
    {
        _now += TimerWheel.TickMilliseconds;
        _expired.Clear();
        _wheel.Advance(_now, _expired);
        foreach (var node in _expired)
        {
            _wheel.Schedule(node, _now + _random.Next(7_200_000));
        }

        return _expired.Count;
    }

    private sealed class Node : TimerWheelNode;
}
