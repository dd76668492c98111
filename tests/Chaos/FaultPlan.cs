using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos;

/// <summary>What a fault of a node waits for, so that it comes at a moment that matters.</summary>
public enum FaultMoment
{
    /// <summary>Nothing: any moment.</summary>
    Any,

    /// <summary>A final dot is about to be sent to the node.</summary>
    AtDot,

    /// <summary>A sender has the node's 250.</summary>
    AfterAcknowledgement,

    /// <summary>A sink has recorded a message of the node and has not said 250.</summary>
    AtDelivery,
}

/// <summary>One fault to come.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">Which node, where it is one.</param>
/// <param name="Moment">At what moment, where it is a node.</param>
/// <param name="After">How long after the one before it was healed.</param>
/// <param name="Hold">How long it lasts.</param>
/// <param name="Count">How many sessions or COMMITs it strikes, where it strikes some.</param>
public sealed record PlannedFault(FaultKind Kind, int Node, FaultMoment Moment, TimeSpan After, TimeSpan Hold, int Count)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} of node {Node} ({Moment}) after {After.TotalSeconds:F1} s for {Hold.TotalSeconds:F1} s, {Count}");
}

/// <summary>The faults of a run: the same for the same seed.</summary>
public static class FaultPlan
{
    private static readonly (double Least, double Most) s_pause = (3, 8);

    /// <summary>Faults without end, one after the other.</summary>
    public static IEnumerable<PlannedFault> Draw(int seed, ImmutableArray<FaultKind> kinds, int nodes)
    {
        var random = new Random(seed);
        while (!kinds.IsEmpty)
        {
            var kind = kinds[random.Next(kinds.Length)];
            yield return new PlannedFault(
                kind,
                random.Next(nodes),
                (FaultMoment)random.Next(4),
                Seconds(random, s_pause),
                Seconds(random, random.Next(2) == 0 ? Short(kind) : Long(kind)),
                random.Next(1, 20));
        }
    }

    // Healed before the others have given the node up.
    private static (double Least, double Most) Short(FaultKind kind) => kind switch
    {
        FaultKind.Pause or FaultKind.Partition => (0.5, 3),
        FaultKind.PostgresBackends or FaultKind.PostgresCut => (0.5, 2),
        _ => (0.1, 1.5),
    };

    // Healed when the others have gone on without it.
    private static (double Least, double Most) Long(FaultKind kind) => kind switch
    {
        FaultKind.Kill or FaultKind.Pause or FaultKind.Partition => (12, 20),
        FaultKind.PostgresFreeze => (5, 15),
        _ => (2, 5),
    };

    private static TimeSpan Seconds(Random random, (double Least, double Most) range) =>
        TimeSpan.FromSeconds(range.Least + (random.NextDouble() * (range.Most - range.Least)));
}
