namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>How the store of message bodies in PostgreSQL works.</summary>
/// <param name="SpillDirectory">Where big bodies gather while their client sends them. Made if need be.</param>
internal sealed record PostgreSqlMessageStoreOptions(string SpillDirectory)
{
    /// <summary>Octets of memory for the bodies written last.</summary>
    public long CacheBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long bodies go into one table. Fixed: the references of bodies count in it.</summary>
    public TimeSpan BucketLength { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the end of its table's time a body may still be accepted.</summary>
    public TimeSpan AcceptedWithin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the end of its time a table is asked about: longer than any acceptance takes.</summary>
    public TimeSpan ReclaimedAfter { get; init; } = TimeSpan.FromMinutes(10);
}
