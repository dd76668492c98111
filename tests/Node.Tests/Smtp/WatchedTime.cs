using Microsoft.Extensions.Time.Testing;

namespace MtaCluster.Node.Tests.Smtp;

/// <summary>A clock that tells when somebody begins to wait for a time.</summary>
internal sealed class WatchedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TaskCompletionSource _timerMade = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next timer that is made to fire.</summary>
    internal Task NextTimer => Volatile.Read(ref _timerMade).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Interlocked.Exchange(ref _timerMade, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        return timer;
    }
}
