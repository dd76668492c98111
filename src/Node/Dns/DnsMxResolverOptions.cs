using System.Collections.Immutable;
using System.Net;

namespace MtaCluster.Node.Dns;

/// <summary>How the DNS is asked.</summary>
public sealed record DnsMxResolverOptions
{
    /// <summary>Recursive resolvers, in the order in which to ask them; empty for the system's.</summary>
    public ImmutableArray<IPEndPoint> Servers { get; init; } = [];

    /// <summary>How long one server may take to answer one query.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often all servers are tried, as long as they do not answer at all.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Answers kept, of each kind.</summary>
    public int MaximumCachedAnswers { get; init; } = 100_000;

    /// <summary>Queries on their way at once; more wait.</summary>
    public int MaximumConcurrentQueries { get; init; } = 256;
}
