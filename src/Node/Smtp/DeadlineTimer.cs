namespace MtaCluster.Node.Smtp;

/// <summary>
/// A deadline that moves at every read of a connection and is seldom reached. Moving it costs a look at the clock; the timer
/// under it is touched only when it fires, and then set to what is left, or when a deadline comes before it.
/// </summary>
internal sealed class DeadlineTimer : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly TimeProvider _timeProvider;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private readonly Lock _scheduling = new();
    private long _deadline = Never;
    private long _due = Never;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="expired">Called on a timer thread once for each deadline that is reached.</param>
    internal DeadlineTimer(TimeProvider timeProvider, Action expired)
    {
        _timeProvider = timeProvider;
        _expired = expired;
        _timer = timeProvider.CreateTimer(
            static timer => ((DeadlineTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the deadline to <paramref name="limit"/> from now.</summary>
    internal void Arm(TimeSpan limit)
    {
        var deadline = _timeProvider.GetTimestamp() + (long)(limit.TotalSeconds * _timeProvider.TimestampFrequency);

        // Full fences here and in Schedule: one of the two sees what the other wrote.
        Interlocked.Exchange(ref _deadline, deadline);
        if (deadline < Interlocked.Read(ref _due))
        {
            Schedule();
        }
    }

    /// <summary>Takes the deadline away.</summary>
    internal void Disarm() => Interlocked.Exchange(ref _deadline, Never);

    /// <inheritdoc/>
    public void Dispose()
    {
        Disarm();
        _timer.Dispose();
    }

    private void Fire()
    {
        var deadline = Interlocked.Read(ref _deadline);
        if (_timeProvider.GetTimestamp() >= deadline
            && Interlocked.CompareExchange(ref _deadline, Never, deadline) == deadline)
        {
            _expired();
        }

        Schedule();
    }

    private void Schedule()
    {
        lock (_scheduling)
        {
            long deadline;
            do
            {
                deadline = Interlocked.Read(ref _deadline);
                Interlocked.Exchange(ref _due, deadline);
            }
            while (Interlocked.Read(ref _deadline) < deadline);

            if (deadline != Never)
            {
                var left = _timeProvider.GetElapsedTime(_timeProvider.GetTimestamp(), deadline);
                _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
