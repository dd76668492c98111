using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos;

/// <summary>What the program was asked to do.</summary>
public sealed record ChaosOptions
{
    /// <summary>What the program prints about itself.</summary>
    public const string Usage = """
        Chaos: a cluster of node processes on a private PostgreSQL, under load, with faults; then the ledgers outside are compared.

        Chaos [--seed N] [--seeds K] [--faults LIST] [--duration 60s] [--rate 200] [--nodes 3] [--control NAME] [--logs DIR] [--json FILE]
        Chaos --scenario takeover | handover | rejoin | rolling | connection-limit | rate-limit | mixed-version [--seed N] [--seeds K] [--rate 200] [--nodes 3]
              [--duration 60s] [--previous REVISION] [--logs DIR] [--json FILE]

          --seed N        the first seed (1); a seed decides contents, behaviours of next hops, and faults
          --seeds K       so many seeds, one run each (1)
          --faults LIST   of kill, pause, term, postgres-restart, postgres-kill, postgres-freeze, postgres-backends, postgres-cut, partition;
                          all: each of them; none (kill)
          --duration T    how long faults are made under load, as in 60s or 5m (60s)
          --rate N        mail per second (200)
          --nodes N       nodes of the cluster (3)
          --embedded      one node with the embedded store; for kill, pause and term
          --control NAME  a deliberate defect: acknowledge-before-commit, sink-loses-one, asynchronous-commit. The run succeeds if the checker sees it
          --previous REV  mixed-version: the revision whose node runs beside the current one (HEAD~1)
          --logs DIR      keeps what the nodes wrote
          --json FILE     writes the report; - for standard output

        The exit code is 0 if all invariants hold in all runs, 1 if one does not, 2 for bad usage, 3 if a run could not be made.
        """;

    private static readonly ImmutableDictionary<string, FaultKind> s_faults = new Dictionary<string, FaultKind>
    {
        ["kill"] = FaultKind.Kill,
        ["pause"] = FaultKind.Pause,
        ["term"] = FaultKind.Terminate,
        ["postgres-restart"] = FaultKind.PostgresRestart,
        ["postgres-kill"] = FaultKind.PostgresKill,
        ["postgres-freeze"] = FaultKind.PostgresFreeze,
        ["postgres-backends"] = FaultKind.PostgresBackends,
        ["postgres-cut"] = FaultKind.PostgresCut,
        ["partition"] = FaultKind.Partition,
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<string, Control> s_controls = new Dictionary<string, Control>
    {
        ["acknowledge-before-commit"] = Control.AcknowledgeBeforeCommit,
        ["sink-loses-one"] = Control.SinkLosesOne,
        ["asynchronous-commit"] = Control.AsynchronousCommit,
    }.ToImmutableDictionary();

    /// <summary>The scenario; null for faults at random.</summary>
    public string? Scenario { get; init; }

    /// <summary>The first seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many seeds.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The kinds of faults; none is none.</summary>
    public ImmutableArray<FaultKind> Faults { get; init; } = [FaultKind.Kill];

    /// <summary>How long faults are made.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Mail per second.</summary>
    public double Rate { get; init; } = 200;

    /// <summary>Nodes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>One node with the embedded store.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>A deliberate defect.</summary>
    public Control Control { get; init; }

    /// <summary>The revision of the other node in a mixed cluster.</summary>
    public string Previous { get; init; } = "HEAD~1";

    /// <summary>Where the output of the nodes is kept; null for nowhere.</summary>
    public string? Logs { get; init; }

    /// <summary>Where the report goes; null for nowhere, "-" for standard output.</summary>
    public string? Json { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They are wrong; the message says how.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ChaosOptions();
        for (var next = 0; next < arguments.Count;)
        {
            var name = arguments[next++];
            if (name == "--embedded")
            {
                options = options with { IsEmbedded = true, Nodes = 1 };
                continue;
            }

            options = options.With(name, next < arguments.Count ? arguments[next++] : throw new FormatException($"{name} needs a value"));
        }

        return options;
    }

    /// <summary>A duration such as 90s or 5m.</summary>
    internal static TimeSpan ReadDuration(string text) => text.Length > 1 && text[^1] is 's' or 'm' && Number(text[..^1]) is var number
        ? text[^1] == 's' ? TimeSpan.FromSeconds(number) : TimeSpan.FromMinutes(number)
        : throw new FormatException($"{text} is not a duration such as 90s or 5m");

    private static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new FormatException($"{text} is not a positive number");

    private static TValue Named<TValue>(ImmutableDictionary<string, TValue> values, string name) =>
        values.TryGetValue(name, out var value) ? value : throw new FormatException($"{name} is none of {string.Join(", ", values.Keys.Order())}");

    private static ImmutableArray<FaultKind> Kinds(string list) => list switch
    {
        "none" => [],
        "all" => [.. s_faults.Values.Order()],
        _ => [.. list.Split(',').Select(name => Named(s_faults, name))],
    };

    private ChaosOptions With(string name, string value) => name switch
    {
        "--scenario" => this with { Scenario = value },
        "--seed" => this with { Seed = (int)Number(value) },
        "--seeds" => this with { Seeds = (int)Number(value) },
        "--faults" => this with { Faults = Kinds(value) },
        "--duration" => this with { Duration = ReadDuration(value) },
        "--rate" => this with { Rate = Number(value) },
        "--nodes" => this with { Nodes = (int)Number(value) },
        "--control" => this with { Control = Named(s_controls, value) },
        "--previous" => this with { Previous = value },
        "--logs" => this with { Logs = value },
        "--json" => this with { Json = value },
        _ => throw new FormatException($"{name} is not an option"),
    };
}
