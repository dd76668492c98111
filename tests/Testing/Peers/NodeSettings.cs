namespace MtaCluster.Testing.Peers;

/// <summary>How a node under test is set up. Ports and data stay the same over restarts.</summary>
public sealed record NodeSettings
{
    /// <summary>Where its configuration and its data are.</summary>
    public required string Directory { get; init; }

    /// <summary>The port that all mail goes to unless <see cref="Routes"/> says otherwise.</summary>
    public required int NextHopPort { get; init; }

    /// <summary>Routes that come before the one for everything: domain → port on 127.0.0.1.</summary>
    public IReadOnlyDictionary<string, int> Routes { get; init; } = new Dictionary<string, int>();

    /// <summary>The first wait after a deferral; it does not grow.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a recipient is tried.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Outbound connections per destination.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>Environment variables of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Its name: in its greeting, in EHLO and in trace fields.</summary>
    public string Hostname { get; init; } = "node.example.net";

    /// <summary>The address that it takes mail on and where other nodes reach it; its admin endpoint stays on 127.0.0.1.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The address of <see cref="NextHopPort"/> and of the ports in <see cref="Routes"/>.</summary>
    public string NextHopAddress { get; init; } = "127.0.0.1";

    /// <summary>Messages per time at each destination, as in "60/m"; null for no limit.</summary>
    public string? Rate { get; init; }

    /// <summary>Settings of the section Storage, beside the defaults: name → JSON.</summary>
    public IReadOnlyDictionary<string, string> Storage { get; init; } = new Dictionary<string, string>();

    /// <summary>Settings of the section Cluster, beside its address: name → JSON.</summary>
    public IReadOnlyDictionary<string, string> Cluster { get; init; } = new Dictionary<string, string>();

    /// <summary>Listeners beside the first, each as JSON.</summary>
    public IReadOnlyList<string> Listeners { get; init; } = [];

    /// <summary>Sections beside those here: name → JSON.</summary>
    public IReadOnlyDictionary<string, string> Sections { get; init; } = new Dictionary<string, string>();

    /// <summary>The network namespace that it runs in; null for that of the tests.</summary>
    public string? Namespace { get; init; }

    /// <summary>The program, an assembly; null for src/Node as it was built with the tests.</summary>
    public string? Assembly { get; init; }

    /// <summary>The SMTP port.</summary>
    public int Port { get; } = LoopbackPorts.Next();

    /// <summary>The port of the admin endpoint.</summary>
    public int AdminPort { get; } = LoopbackPorts.Next();

    /// <summary>The port of the cluster transport.</summary>
    public int ClusterPort { get; } = LoopbackPorts.Next();

    /// <summary>The configuration file's text.</summary>
    public string ToJson() => $$"""
        {
          "Mta": {
            "Hostname": "{{Hostname}}",
            "DataDirectory": "{{Path.Combine(Directory, "data")}}",
            "Listeners": [{ "Name": "mx", "Address": "{{Address}}:{{Port}}", "RelayFrom": ["127.0.0.0/8", "10.0.0.0/8"] }{{string.Concat(Listeners.Select(listener => ", " + listener))}}],
            "Routes": [{{string.Join(", ", Routes.Append(KeyValuePair.Create("*", NextHopPort)).Select(Route))}}],
            "Queue": {
              "Retry": { "Initial": "{{Retry:c}}", "Factor": 1, "Maximum": "{{Retry:c}}", "Jitter": 0 },
              "Lifetime": "{{Lifetime:c}}"
            },
            "Shaping": [{ "Match": "*", "Connections": {{Connections}}, "MessagesPerConnection": 100{{(Rate is null ? "" : $", \"Rate\": \"{Rate}\"")}} }],
            "Storage": { {{Section(Storage)}} },
            "Cluster": { {{Section(Cluster.Prepend(KeyValuePair.Create("Address", $"\"{Address}:{ClusterPort}\"")))}} },
            {{string.Concat(Sections.Select(section => $"\"{section.Key}\": {section.Value}, "))}}
            "Admin": { "Address": "127.0.0.1:{{AdminPort}}" }
          }
        }
        """;

    private static string Section(IEnumerable<KeyValuePair<string, string>> settings) =>
        string.Join(", ", settings.Select(setting => $"\"{setting.Key}\": {setting.Value}"));

    private string Route(KeyValuePair<string, int> route) =>
        $$"""{ "Domain": "{{route.Key}}", "NextHop": "[{{NextHopAddress}}]:{{route.Value}}" }""";
}
