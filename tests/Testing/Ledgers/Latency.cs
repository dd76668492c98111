namespace MtaCluster.Testing.Ledgers;

/// <summary>How long something took, over many samples; zero if there are none.</summary>
public sealed record Latency(int Count, TimeSpan P50, TimeSpan P99, TimeSpan Worst)
{
    /// <summary>Of differences of timestamps.</summary>
    public static Latency Of(IEnumerable<long> samples)
    {
        var sorted = samples.Order().ToArray();
        return new Latency(sorted.Length, At(sorted, 0.5), At(sorted, 0.99), At(sorted, 1));
    }

    private static TimeSpan At(long[] sorted, double share)
    {
        var rank = Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1);
        return sorted.Length == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)sorted[rank] / TimeProvider.System.TimestampFrequency);
    }
}
