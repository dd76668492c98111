using System.Net;
using Microsoft.Extensions.Configuration;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

public sealed class ConfigurationLoaderSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ConfigurationResult Load(string? json, Dictionary<string, string?>? environment = null, params string[] args)
    {
        if (json is not null)
        {
            File.WriteAllText(_directory["mtacluster.json"], json);
        }

        return ConfigurationLoader.Load(args, _directory.Path, builder => builder.AddInMemoryCollection(environment));
    }

    private NodeSettings Settings(string? json, Dictionary<string, string?>? environment = null, params string[] args)
    {
        var result = Load(json, environment, args);
        return result is ConfigurationResult.Invalid invalid
            ? throw new InvalidOperationException(string.Join('\n', invalid.Errors))
            : Assert.IsType<ConfigurationResult.Loaded>(result).Settings;
    }

    private string[] Errors(string? json, params string[] args) =>
        [.. Assert.IsType<ConfigurationResult.Invalid>(Load(json, null, args)).Errors];

    [Fact]
    public void Without_any_configuration_the_node_relays_for_this_machine_alone()
    {
        var settings = Settings(null);
        var listener = Assert.Single(settings.Listeners);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:2525"), listener.Address);
        Assert.Equal(["127.0.0.0/8", "::1/128"], listener.RelayFrom.Select(network => network.ToString()));
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9110"), settings.Admin.Address);
        Assert.Equal(Path.GetFullPath("data"), settings.DataDirectory);
        Assert.True(DnsName.TryNormalize(settings.Hostname, out _));
        Assert.Contains('.', settings.Hostname);
        var route = Assert.Single(settings.Routes);
        Assert.Equal("*>mx", $"{route.Domain}>{route.NextHop}");
        Assert.Empty(settings.LocalDomains);
        Assert.Empty(settings.RelayDomains);
        Assert.Empty(settings.Dns.Servers);
        Assert.Empty(settings.Shaping.Rules);
        Assert.Equal(new QueueSettings(
            TimeSpan.FromMinutes(5), 2, TimeSpan.FromHours(2), 0.1, TimeSpan.FromDays(5), TimeSpan.FromHours(4)), settings.Queue);
        Assert.Equal(new SmtpSettings(
            25, 52_428_800, 1_048_576, 1000, 20, 100, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), true), settings.Smtp);
        Assert.Equal(new StorageSettings(64 * 1024 * 1024, 64 * 1024 * 1024), settings.Storage);
        Assert.Equal(new HostAndPort("127.0.0.1", 4053), settings.Cluster.Address);
        Assert.Equal(["edge", "spool", "egress"], settings.Cluster.Roles);
        Assert.Equal(64, settings.Cluster.Spools);
    }

    [Fact]
    public void Every_key_is_read()
    {
        var settings = Settings("""
            { "Mta": {
                "Hostname": "MX1.example.net", "DataDirectory": "/srv/mail",
                "Listeners": [ { "Name": "a", "Address": "[::]:25", "RelayFrom": ["10.0.0.0/8", "192.0.2.1"], "Tls": "None", "RequireAuth": false },
                               { "Address": "127.0.0.1:0" }, { "Name": "c", "Address": "127.0.0.1:0" } ],
                "LocalDomains": ["example.net"], "RelayDomains": ["*.example.org"],
                "Dns": { "Servers": ["127.0.0.1:5353", "::1", "[::1]:54"], "Timeout": "00:00:01" },
                "Routes": [ { "Domain": "*.corp.example", "NextHop": "[10.0.0.5]:25" } ],
                "Smtp": { "Port": 2525, "MaximumMessageSize": 100000, "MaximumLineLength": 2000, "MaximumRecipients": 200, "MaximumErrors": 5,
                          "MaximumHops": 30, "CommandTimeout": "00:00:10", "DataTimeout": "00:00:20", "StartTls": false },
                "Queue": { "Retry": { "Initial": "00:00:01", "Factor": 1.5, "Maximum": "00:01:00", "Jitter": 0 }, "Lifetime": "1.00:00:00", "DelayWarningAfter": "00:00:00", "MaximumReturnedSize": 4096 },
                "Shaping": [ { "Match": "orange.fr", "Connections": 2, "MessagesPerConnection": 3, "Rate": "100/m", "ConnectTimeout": "00:00:05" } ],
                "Storage": { "Provider": "embedded", "BodyCacheBytes": 0, "SegmentBytes": 1048576 },
                "Cluster": { "Address": "[::1]:4000", "SeedNodes": [], "Roles": ["spool", "egress"], "Spools": 8 },
                "Admin": { "Address": "127.0.0.1:9000" }
            } }
            """);
        Assert.Equal("mx1.example.net", settings.Hostname);
        Assert.Equal("/srv/mail", settings.DataDirectory);
        Assert.Equal(["a [::]:25 10.0.0.0/8,192.0.2.1/32", "127.0.0.1:0 127.0.0.1:0 ", "c 127.0.0.1:0 "],
            settings.Listeners.Select(listener => $"{listener.Name} {listener.Address} {string.Join(',', listener.RelayFrom)}"));
        Assert.Equal("example.net", Assert.Single(settings.LocalDomains).ToString());
        Assert.Equal("*.example.org", Assert.Single(settings.RelayDomains).ToString());
        Assert.Equal(["127.0.0.1:5353", "[::1]:53", "[::1]:54"], settings.Dns.Servers.Select(server => server.ToString()));
        Assert.Equal(TimeSpan.FromSeconds(1), settings.Dns.Timeout);
        Assert.Equal("[10.0.0.5]:25", Assert.Single(settings.Routes).NextHop.ToString());
        Assert.Equal(new SmtpSettings(
            2525, 100_000, 2000, 200, 5, 30, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20), false), settings.Smtp);
        Assert.Equal(new QueueSettings(
            TimeSpan.FromSeconds(1), 1.5, TimeSpan.FromMinutes(1), 0, TimeSpan.FromDays(1), null)
        { MaximumReturnedSize = 4096 }, settings.Queue);
        Assert.Equal(
            new DestinationLimits(2, 3, new Rate(100, TimeSpan.FromMinutes(1)), TimeSpan.FromSeconds(5)),
            settings.Shaping.LimitsFor("mx", "orange.fr"));
        Assert.Equal(new StorageSettings(0, 1_048_576), settings.Storage);
        Assert.Equal(new HostAndPort("::1", 4000), settings.Cluster.Address);
        Assert.Equal(["spool", "egress"], settings.Cluster.Roles);
        Assert.Equal(8, settings.Cluster.Spools);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9000"), settings.Admin.Address);
    }

    [Fact]
    public void Every_error_is_told_at_once_with_the_path_of_its_key()
    {
        var errors = Errors("""
            { "Mta": {
                "Hostnme": "x", "Hostname": "a b",
                "Listeners": [ { "Address": "127.0.0.1" }, { "Adress": "127.0.0.1:25", "RelayFrom": ["10.0.0.1/8"] } ],
                "LocalDomains": ["*"],
                "Dns": { "Servers": ["example.net"], "Timeout": "5" },
                "Routes": [ { "Domain": "a..b", "NextHop": "smtp:x" }, { "Domain": "*", "NextHop": "mx" }, { "Domain": "*", "NextHop": "mx" } ],
                "Smtp": { "Port": 70000, "StartTls": "perhaps" },
                "Queue": { "Retry": { "Initial": "02:00:00", "Maximum": "01:00:00", "Factor": 0.5, "Jitter": "NaN" }, "Lifetime": "-1.00:00:00" },
                "Shaping": [ { "Match": "*" }, { "Match": "*", "Rate": "100/x", "Connections": 0 } ],
                "Storage": { "Provider": "MySql" },
                "Cluster": { "SeedNodes": ["node2:4053", "node3"], "Roles": ["edge", "king"], "Spools": 5000 },
                "Admin": { "Address": "localhost:9110" }
            } }
            """);
        string[] keys =
        [
            "Mta:Hostname", "Mta:Hostnme", "Mta:Listeners:0:Address", "Mta:Listeners:1:Address", "Mta:Listeners:1:Adress",
            "Mta:Listeners:1:RelayFrom:0", "Mta:LocalDomains", "Mta:Dns:Servers:0", "Mta:Dns:Timeout", "Mta:Routes:0:Domain",
            "Mta:Routes:0:NextHop", "Mta:Routes:2:Domain", "Mta:Smtp:Port", "Mta:Smtp:StartTls", "Mta:Queue:Retry:Maximum",
            "Mta:Queue:Retry:Factor", "Mta:Queue:Retry:Jitter", "Mta:Queue:Lifetime", "Mta:Shaping:1:Match", "Mta:Shaping:1:Rate",
            "Mta:Shaping:1:Connections", "Mta:Storage:Provider", "Mta:Cluster:SeedNodes", "Mta:Cluster:SeedNodes:1",
            "Mta:Cluster:Roles:1", "Mta:Cluster:Spools", "Mta:Admin:Address",
        ];
        Assert.Equal(keys.Order(StringComparer.Ordinal), errors.Select(error => error.Split(": ")[0]).Order(StringComparer.Ordinal));
        Assert.Contains("Mta:Shaping:1:Rate: \"100/x\" is not N/s, N/m, N/h or N/d", errors);
    }

    [Theory]
    [InlineData("""{ "Mta": { "Listeners": [ { "Address": "127.0.0.1:25", "Tls": "StartTls" } ] } }""", "Mta:Listeners:0:Tls: StartTls needs a certificate")]
    [InlineData("""{ "Mta": { "Listeners": [ { "Address": "127.0.0.1:25", "RequireAuth": true } ] } }""", "Mta:Listeners:0:RequireAuth: nobody could log in")]
    [InlineData("""{ "Mta": { "Cluster": { "SeedNodes": ["node2:4053"] } } }""", "Mta:Cluster:SeedNodes: nodes of a cluster cannot share Embedded")]
    [InlineData("""{ "Mta": { "Listeners": [] } }""", "Mta:Listeners: at least one")]
    [InlineData("""{ "Mta": { "Listeners": "127.0.0.1:25" } }""", "Mta:Listeners: a list is expected")]
    [InlineData("""{ "Mta": { "Listeners": { "mx": { } } } }""", "Mta:Listeners:mx: a list is expected")]
    [InlineData("""{ "Mta": { "Hostname": ["a.b"] } }""", "Mta:Hostname: a single value")]
    [InlineData("""{ "Mta": { "Dns": "127.0.0.1" } }""", "Mta:Dns: an object")]
    [InlineData("""{ "Mta": { "Listeners": [ { "Address": "127.0.0.1:9110" } ] } }""", "Mta:Admin:Address: 127.0.0.1:9110 is the address of a listener")]
    [InlineData("""{ "Mta": { "Listeners": [ { "Name": "a", "Address": "127.0.0.1:1" }, { "Name": "a", "Address": "127.0.0.1:2" } ] } }""", "Mta:Listeners:1:Name: another")]
    [InlineData("""{ "Mta": { "Listeners": [ { "Name": "a", "Address": "127.0.0.1:1" }, { "Name": "b", "Address": "127.0.0.1:1" } ] } }""", "Mta:Listeners:1:Address: another")]
    public void What_cannot_be_is_refused_in_plain_words(string json, string start) =>
        Assert.Contains(Errors(json), error => error.StartsWith(start, StringComparison.Ordinal));

    [Fact]
    public void Null_is_the_same_as_nothing_and_an_empty_list_is_a_list()
    {
        var settings = Settings("""{ "Mta": { "Hostname": null, "LocalDomains": [], "Routes": [], "Shaping": [ { "Match": "*", "Rate": null } ], "Dns": { "Servers": [] }, "Smtp": {} } }""");
        Assert.Empty(settings.Routes);
        Assert.Null(settings.Shaping.LimitsFor("x", "y").Rate);
    }

    [Fact]
    public void Arguments_are_over_the_environment_and_the_environment_is_over_the_file()
    {
        const string Json = """{ "Mta": { "Hostname": "a.file", "DataDirectory": "/file", "Smtp": { "Port": 1 } } }""";
        var environment = new Dictionary<string, string?> { ["Mta:DataDirectory"] = "/environment", ["Mta:Smtp:Port"] = "2" };
        var settings = Settings(Json, environment, "--Mta:Smtp:Port=3", "--Mta:Listeners:0:Address", "127.0.0.1:3");
        Assert.Equal(("a.file", "/environment", 3), (settings.Hostname, settings.DataDirectory, settings.Smtp.Port));
        Assert.Equal("127.0.0.1:3", settings.Listeners.Single().Address.ToString());
    }

    [Fact]
    public void The_file_of_the_argument_is_read_and_must_be_there()
    {
        File.WriteAllText(_directory["other.json"], """
            // A comment
            { "Mta": { "Hostname": "a.other", /* and another */ } }
            """);
        Assert.Equal("a.other", Settings(null, null, "--config", "other.json").Hostname);
        Assert.Equal("a.other", Settings(null, null, $"--config={_directory["other.json"]}").Hostname);
        Assert.StartsWith("--config: there is no file", Assert.Single(Errors(null, "--config", "none.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--config")]
    [InlineData("--Mta:Hostname")]
    [InlineData("--hostname=x")]
    [InlineData("config.json")]
    public void Arguments_that_mean_nothing_are_errors(string argument) => Assert.Single(Errors(null, argument));

    [Theory]
    [InlineData("--Mta:Hostname=a.example.net", "--mta:hostname=b.example.net")]
    [InlineData("--Mta:Hostname=a.example.net", "--Mta:Hostname=a.example.net")]
    public void An_argument_that_is_given_twice_is_an_error_and_says_so(string one, string other) =>
        Assert.EndsWith(": given twice", Assert.Single(Errors(null, one, other)), StringComparison.Ordinal);

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{ "Hostname": "a.b" }""")]
    [InlineData("""{ "Mta": { "Hostname": "a.b", "hostname": "c.d" } }""")]
    public void A_file_that_is_no_configuration_is_an_error(string json) =>
        Assert.Contains("mtacluster.json", Assert.Single(Errors(json)), StringComparison.Ordinal);
}
