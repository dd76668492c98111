namespace MtaCluster.Testing.Peers;

/// <summary>Waits for what tells nobody when it happens.</summary>
public static class Poll
{
    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It was not in time.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan timeout, TimeSpan interval, Func<string> failure)
    {
        using var expired = new CancellationTokenSource(timeout);
        using var timer = new PeriodicTimer(interval);
        while (!await condition().ConfigureAwait(false))
        {
            try
            {
                await timer.WaitForNextTickAsync(expired.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"gave up after {timeout}: {failure()}");
            }
        }
    }
}
