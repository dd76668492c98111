using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos;

/// <summary>What one run showed.</summary>
/// <param name="Title">What was run.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Invariants">What the checks found.</param>
/// <param name="Statistics">How fast it was.</param>
/// <param name="Replies">How often each code was answered.</param>
/// <param name="LostConnections">Sessions that ended where a reply was due.</param>
/// <param name="Expectations">What the scenario expects beyond the invariants, and whether it is so.</param>
/// <param name="Control">The deliberate defect in it.</param>
public sealed record RunReport(
    string Title,
    int Seed,
    InvariantReport Invariants,
    RunStatistics Statistics,
    IReadOnlyDictionary<int, int> Replies,
    int LostConnections,
    IReadOnlyList<Expectation> Expectations,
    Control Control = Control.None)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() }, IncludeFields = true };

    /// <summary>All that must hold holds; with a deliberate defect, the checker saw it.</summary>
    public bool IsGood => Control == Control.None ? Invariants.IsClean && Expectations.All(expectation => expectation.IsMet) : !Invariants[1].Holds;

    /// <summary>Reports as JSON.</summary>
    public static string ToJson(IEnumerable<RunReport> reports) => JsonSerializer.Serialize(reports, s_json);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Title}, seed {Seed}: {(IsGood ? "good" : "BAD")}\n{Invariants}");
        text.Append(CultureInfo.InvariantCulture, $"accept latency: {Show(Statistics.Accept)}\nacknowledged to delivered: {Show(Statistics.Delivery)}\n");
        text.Append(CultureInfo.InvariantCulture, $"replies: {string.Join(", ", Replies.OrderBy(reply => reply.Key).Select(reply => $"{reply.Value} × {reply.Key}"))}; {LostConnections} connections lost\n");
        foreach (var fault in Statistics.Faults)
        {
            var moved = fault.Moved is { } times ? $"; its mail moved again after {times.First.TotalSeconds:F2} s, all of it after {times.Last.TotalSeconds:F2} s" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"{fault.Fault}: no delivery for {fault.LongestGap.TotalSeconds:F2} s{moved}\n");
        }

        foreach (var expectation in Expectations)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(expectation.IsMet ? "met" : "NOT MET")}: {expectation.What}: {expectation.Seen}\n");
        }

        if (Control != Control.None)
        {
            text.Append(IsGood ? "the checker saw the defect, as it must\n" : "THE CHECKER DID NOT SEE THE DEFECT\n");
        }

        return text.ToString();
    }

    private static string Show(Latency latency) => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {latency.P50.TotalMilliseconds:F0} ms, p99 {latency.P99.TotalMilliseconds:F0} ms, worst {latency.Worst.TotalMilliseconds:F0} ms of {latency.Count}");
}

/// <summary>Something a scenario expects beyond the invariants.</summary>
/// <param name="What">What.</param>
/// <param name="IsMet">Whether it is so.</param>
/// <param name="Seen">What was seen.</param>
public sealed record Expectation(string What, bool IsMet, string Seen);
