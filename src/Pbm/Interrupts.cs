namespace MtaCluster.Pbm;

/// <summary>Ctrl-C: ends what runs, not pbm. When nothing runs, it ends pbm, unless that is a shell.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _running;

    /// <summary>Listens from now on.</summary>
    public Interrupts()
    {
        Console.CancelKeyPress += OnPressed;
    }

    /// <summary>Whether pbm goes on when nothing runs.</summary>
    public bool IsShell { get; set; }

    /// <summary>Something runs, and ends when its token is cancelled.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> run)
    {
        using var running = new CancellationTokenSource();
        Set(running);
        try
        {
            return await run(running.Token).ConfigureAwait(false);
        }
        finally
        {
            Set(null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Console.CancelKeyPress -= OnPressed;

    private void Set(CancellationTokenSource? running)
    {
        lock (_lock)
        {
            _running = running;
        }
    }

    private void OnPressed(object? sender, ConsoleCancelEventArgs pressed)
    {
        lock (_lock)
        {
            pressed.Cancel = IsShell || _running is not null;
            // What is given up goes on by itself: this thread only brought the signal.
            _ = _running?.CancelAsync();
        }
    }
}
