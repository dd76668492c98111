namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// The clock of a database server, which all nodes share: read now and then, and carried on in between by this machine's elapsed time. So the
/// clocks of the nodes may differ as they like.
/// </summary>
internal sealed class ServerClock(TimeProvider time)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);
    private Reading? _reading;

    /// <summary>It was read a while ago, or never.</summary>
    public bool IsStale => _reading is not { } reading || time.GetElapsedTime(reading.Timestamp) > s_fresh;

    /// <summary>The server's time.</summary>
    public DateTimeOffset Now => _reading is { } reading ? reading.Server + time.GetElapsedTime(reading.Timestamp) : time.GetUtcNow();

    /// <summary>The server has just said this.</summary>
    public void Set(DateTime server) => _reading = new Reading(new DateTimeOffset(DateTime.SpecifyKind(server, DateTimeKind.Utc)), time.GetTimestamp());

    private sealed record Reading(DateTimeOffset Server, long Timestamp);
}
