using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>How late the reply to an error comes: whoever guesses addresses or passwords makes many of them.</summary>
internal sealed class Tarpit(TarpitSettings settings, TimeProvider time)
{
    /// <summary>The delay of the reply that makes <paramref name="errors"/> errors of the session.</summary>
    public TimeSpan DelayOf(int errors)
    {
        var steps = errors - settings.After;
        return steps <= 0 || settings.Delay == TimeSpan.Zero ? TimeSpan.Zero
            : steps >= settings.Maximum / settings.Delay ? settings.Maximum
            : settings.Delay * steps;
    }

    /// <summary>Waits for it. Costs a timer, not a thread.</summary>
    /// <exception cref="OperationCanceledException">The connection has ended meanwhile, or the node drains.</exception>
    public Task WaitAsync(int errors, CancellationToken cancellationToken)
    {
        var delay = DelayOf(errors);
        return delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;
    }
}
