namespace MtaCluster.Actors.Telemetry;

/// <summary>
/// Counts the messages of ours that were written for another node, since the start of the process: serializers write nothing else, but for
/// what is journaled. Thread-safe.
/// </summary>
public static class RemoteTraffic
{
    private static long s_messages;

    /// <summary>Messages written for other nodes.</summary>
    public static long Messages => Interlocked.Read(ref s_messages);

    internal static void Sent() => Interlocked.Increment(ref s_messages);
}
