using System.Diagnostics;

namespace MtaCluster.Testing.Ledgers;

/// <summary>Turns at a steady rate that does not wait for those who take them. A turn that nobody takes within a second or so is missed.</summary>
internal sealed class Pace(double rate) : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);
    private readonly SemaphoreSlim _turns = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private int _isStarted;
    private volatile bool _isHeld;
    private long _missed;

    /// <summary>Turns that were not taken.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>Gives no turns until the next start. They are not missed.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>Begins, or goes on.</summary>
    public void Start()
    {
        _isHeld = false;
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            _ = Task.Run(RunAsync);
        }
    }

    /// <summary>Waits for a turn.</summary>
    public Task TakeAsync(CancellationToken cancellationToken) => _turns.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _stopping.Cancel();

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_tick);
        var begun = Stopwatch.GetTimestamp();
        long given = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                var due = (long)(Stopwatch.GetElapsedTime(begun).TotalSeconds * rate) - given;
                given += due;
                if (_isHeld)
                {
                    continue;
                }

                var room = Math.Clamp((long)Math.Ceiling(rate) - _turns.CurrentCount, 0, due);
                Interlocked.Add(ref _missed, due - room);
                if (room > 0)
                {
                    _turns.Release((int)room);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
