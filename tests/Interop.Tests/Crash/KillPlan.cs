using System.Diagnostics;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>What a kill waits for.</summary>
internal enum KillMoment
{
    /// <summary>A sender is about to send a final dot: the message is on its way to stable storage.</summary>
    AtDot,

    /// <summary>A sender has its 250: the message must survive.</summary>
    AfterAcknowledgement,

    /// <summary>The sink has recorded a message and has not said 250: the node is in doubt.</summary>
    AtDelivery,

    /// <summary>The node has not yet said that it takes mail: it is recovering.</summary>
    WhileStarting,
}

/// <summary>One kill: at the n-th event of a kind since the node took mail, and a moment later.</summary>
internal sealed record PlannedKill(KillMoment Moment, int Count, TimeSpan Later)
{
    /// <summary>So many kills; the same for the same seed.</summary>
    public static IEnumerable<PlannedKill> Plan(int seed, int kills)
    {
        var random = new Random(seed);
        for (var number = 0; number < kills; number++)
        {
            var moment = number % 6 == 5 ? KillMoment.WhileStarting : (KillMoment)random.Next(3);
            var later = moment == KillMoment.WhileStarting ? random.Next(100_000, 1_500_000) : random.Next(0, 5_000);
            yield return new PlannedKill(moment, random.Next(1, 300), TimeSpan.FromMicroseconds(later));
        }
    }
}

/// <summary>Counts events and kills the node at the planned one. The waits are busy, so that a moment is exact.</summary>
internal sealed class ArmedKill
{
    private readonly PlannedKill _plan;
    private readonly NodeProcess _node;
    private readonly TaskCompletionSource<long> _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;

    public ArmedKill(PlannedKill plan, NodeProcess node)
    {
        _plan = plan;
        _node = node;
    }

    /// <summary>Completes with the timestamp of the kill.</summary>
    public Task<long> Killed => _killed.Task;

    /// <summary>An event came.</summary>
    public void See(KillMoment moment)
    {
        if (moment == _plan.Moment && Interlocked.Increment(ref _seen) == _plan.Count)
        {
            Fire();
        }
    }

    /// <summary>Kills after the planned delay, from a thread of its own; without a delay at once.</summary>
    public void Fire()
    {
        if (_plan.Later == TimeSpan.Zero)
        {
            Kill();
            return;
        }

        new Thread(() =>
        {
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < _plan.Later)
            {
                Thread.Yield();
            }

            Kill();
        }).Start();
    }

    private void Kill()
    {
        var moment = TimeProvider.System.GetTimestamp();
        _node.Kill();
        _killed.TrySetResult(moment);
    }
}
