namespace MtaCluster.Node.Storage;

/// <summary>How the embedded store works.</summary>
/// <param name="Directory">Where the segments are. Made if need be; used by one process at a time.</param>
public sealed record EmbeddedMessageStoreOptions(string Directory)
{
    /// <summary>Octets after which a pack takes no more bodies.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Octets of memory for the bodies written last.</summary>
    public long CacheBytes { get; init; } = 64 * 1024 * 1024;
}
