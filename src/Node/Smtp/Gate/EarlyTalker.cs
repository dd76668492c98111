using System.IO.Pipelines;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>What a client did while the greeting was kept back.</summary>
internal enum BeforeGreeting
{
    /// <summary>It waited, as it must (RFC 5321 §4.3.1).</summary>
    Waited,

    /// <summary>It spoke: a program that does not listen. To be answered <see cref="GateReplies.EarlyTalker"/>, and closed.</summary>
    Spoke,

    /// <summary>It went away.</summary>
    Left,
}

/// <summary>Keeps the greeting back for a while, to see who does not wait for it.</summary>
internal static class EarlyTalker
{
    /// <summary>
    /// Waits for as long as <paramref name="delay"/>. Takes nothing from <paramref name="input"/>, and is cut short, as if the time were over, by whoever cancels its pending read.
    /// </summary>
    public static async ValueTask<BeforeGreeting> WatchAsync(PipeReader input, TimeSpan delay, TimeProvider time)
    {
        if (delay <= TimeSpan.Zero)
        {
            return BeforeGreeting.Waited;
        }

        using var over = new CancellationTokenSource(delay, time);
        try
        {
            var result = await input.ReadAsync(over.Token);
            var did = !result.Buffer.IsEmpty ? BeforeGreeting.Spoke : result.IsCompleted ? BeforeGreeting.Left : BeforeGreeting.Waited;
            input.AdvanceTo(result.Buffer.Start);
            return did;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return BeforeGreeting.Waited;
        }
    }
}
