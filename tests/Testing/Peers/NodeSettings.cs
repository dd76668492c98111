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
            "Hostname": "node.example.net",
            "DataDirectory": "{{Path.Combine(Directory, "data")}}",
            "Listeners": [{ "Name": "mx", "Address": "127.0.0.1:{{Port}}", "RelayFrom": ["127.0.0.0/8"] }],
            "Routes": [{{string.Join(", ", Routes.Append(KeyValuePair.Create("*", NextHopPort)).Select(Route))}}],
            "Queue": {
              "Retry": { "Initial": "{{Retry:c}}", "Factor": 1, "Maximum": "{{Retry:c}}", "Jitter": 0 },
              "Lifetime": "{{Lifetime:c}}"
            },
            "Shaping": [{ "Match": "*", "Connections": {{Connections}}, "MessagesPerConnection": 100 }],
            "Cluster": { "Address": "127.0.0.1:{{ClusterPort}}" },
            "Admin": { "Address": "127.0.0.1:{{AdminPort}}" }
          }
        }
        """;

    private static string Route(KeyValuePair<string, int> route) =>
        $$"""{ "Domain": "{{route.Key}}", "NextHop": "[127.0.0.1]:{{route.Value}}" }""";
}
