namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>Who may ask what, and what becomes of a command line that makes no sense.</summary>
public abstract class AccessSpecs(IClusterUnderTest cluster)
{
    private string Node => cluster.AdminAddresses[0];

    [Theory]
    [InlineData(null)]
    [InlineData("nobodys")]
    public async Task Without_a_good_token_nothing_is_told(string? token)
    {
        foreach (var node in cluster.AdminAddresses)
        {
            foreach (var command in new[] { new[] { node, "queue", "list" }, [node, "help"], [node, "queue", "list", "--json"] })
            {
                var result = await cluster.With(token).RunAsync(command);

                Assert.Equal(2, result.ExitCode);
                Assert.Contains("does not know this token", result.Output + result.Errors, StringComparison.Ordinal);
            }
        }

        Assert.Contains("AdminRefused", await cluster.WaitForLogAsync(token is null ? "without a token" : "with a token that is nobody"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/admin/palettes")]
    [InlineData("POST", "/admin/run")]
    public async Task The_endpoint_itself_refuses_before_it_reads(string method, string path)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"http://{Node}{path}"));

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/health/live", "live\n")]
    [InlineData("/health/ready", "ready\n")]
    public async Task Health_is_for_everyone(string path, string expected)
    {
        using var client = new HttpClient();

        Assert.Equal(expected, await client.GetStringAsync(new Uri($"http://{Node}{path}"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_viewer_looks_and_does_not_touch()
    {
        Assert.Equal(0, (await cluster.Viewer.RunAsync(Node, "queue", "list")).ExitCode);

        foreach (var command in new[]
        {
            new[] { "queue", "flush" }, ["cluster", "leave"], ["cluster", "down", "x:1"], ["cluster", "down-unreachable"], ["cluster", "join", "x:1"],
            ["destination", "suspend", "x", "--reason", "y"], ["destination", "resume", "x"],
            ["user", "add", "x"], ["user", "remove", "x"], ["user", "password", "x"], ["user", "enable", "x"], ["user", "disable", "x"],
        })
        {
            var result = await cluster.Viewer.RunAsync([Node, .. command]);
            Assert.Equal(1, result.ExitCode);
            Assert.Equal($"victor is a viewer, and {command[0]} {command[1]} takes an operator\n", result.Errors);
        }

        Assert.Contains("victor", await cluster.WaitForLogAsync("AdminForbidden"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_change_is_written_to_the_audit_log()
    {
        await cluster.Operator.RunAsync(Node, "queue", "flush", "--recipient", "nobody at@audit.example");

        var line = await cluster.WaitForLogAsync("audit.example");

        Assert.All(
            new[] { "\"event\":\"AdminCommand\"", "\"who\":\"olga\"", "\"role\":\"operator\"", "\"from\":\"127.0.0.1:", "\"command\":\"queue flush\"", "\"outcome\":\"done\"", "\"touched\":0" },
            part => Assert.Contains(part, line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("there is no palette 'nonsense'; known are cluster, ", "nonsense")]
    [InlineData("there is no command 'queue nonsense'; known are summary, list, flush", "queue", "nonsense")]
    [InlineData("queue takes a command: summary, list, flush", "queue")]
    [InlineData("there is no switch --nonsense here; known are ", "queue", "list", "--nonsense")]
    [InlineData("'more' is one argument too many", "ledger", "more")]
    [InlineData("ID is missing: ", "message", "show")]
    [InlineData("--reason is missing: ", "destination", "suspend", "x")]
    public async Task A_command_that_makes_no_sense_is_explained_and_ends_with_2(string expected, params string[] command)
    {
        var result = await cluster.Operator.RunAsync([Node, .. command]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(expected, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_comes_from_the_node()
    {
        var palettes = await cluster.Viewer.RunAsync(Node, "help");
        var queue = await cluster.Viewer.RunAsync(Node, "help", "queue");

        Assert.Contains("  cluster-sharding  Where spools and destinations run", palettes.Lines);
        Assert.Contains("    Messages that wait for their next attempt are tried now. For operators", queue.Lines);
        Assert.Equal(queue.Output, (await cluster.Viewer.RunAsync(Node, "queue", "flush", "--help")).Output);
        Assert.Equal(1, (await cluster.Viewer.RunAsync(Node, "help", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task A_script_stops_at_the_first_command_that_fails()
    {
        var result = await cluster.Operator.RunAsync("# what is there\n\ncluster show\nmessage show 00000000000000000000\nhealth\n", [Node]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"Count: {cluster.AdminAddresses.Count} nodes", result.Lines[^1]);
        Assert.Contains("is not queued", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_may_be_a_file_and_switches_hold_for_all_of_it()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "cluster show\nhealth\nexit\nnonsense\n", TestContext.Current.CancellationToken);

        var result = await cluster.Operator.RunAsync(Node, "--json", "-f", path);

        Assert.Equal((0, 2 * cluster.AdminAddresses.Count), (result.ExitCode, result.Data.Length));
        File.Delete(path);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_said_and_ends_with_2()
    {
        var result = await cluster.Operator.RunAsync("127.0.0.1:1", "health");

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("no connection to 127.0.0.1:1: ", result.Errors, StringComparison.Ordinal);
    }
}
