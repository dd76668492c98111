namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>The shell, at a terminal.</summary>
public abstract class ShellSpecs(IClusterUnderTest cluster)
{
    private string Node => cluster.AdminAddresses[0];

    private string Prompt => $"[{Node}] pbm> ";

    [Fact]
    public async Task Each_command_answers_in_the_shell()
    {
        await using var shell = TerminalSession.Start(cluster.Operator, Node);
        await shell.WaitForAsync(Prompt);

        foreach (var (command, expected) in new[]
        {
            ("help", "Where spools and destinations run"),
            ("help queue", "queue flush"),
            ("cluster show", $"Count: {cluster.AdminAddresses.Count} nodes"),
            ("cluster status", "Unreachable: none"),
            ("cluster leader", "Leader of spool"),
            ("cluster down-unreachable", "Every node can be reached"),
            ("cluster leave nowhere:1", "is no node of this cluster"),
            ("cluster down nowhere:1", "is no node of this cluster"),
            ("cluster join nowhere:1", "in a cluster"),
            ("cluster-sharding regions", "ENTITIES"),
            ("cluster-sharding shards", "shards"),
            ("cluster-sharding stats", "FEWEST ON A NODE"),
            ("cluster-sharding locate 5", "spool spool-5 runs on"),
            ("queue summary", "Total: "),
            ("queue list", "Count: "),
            ("queue flush --domain nowhere.example", "0 messages tried now"),
            ("message show 00000000000000000000", "is not queued"),
            ("connection list --direction inbound", "Count: "),
            ("ledger", "It holds in"),
            ("ledger --json", "\"holds\":true"),
            ("health", "Ready: "),
            ("nonsense", "there is no palette 'nonsense'"),
        })
        {
            await shell.TypeAsync(command + "\r");
            await shell.WaitForAsync(expected);
            await shell.WaitForAsync(Prompt);
        }

        await shell.TypeAsync("exit\r");
        Assert.Equal(0, await shell.WaitForExitAsync());
    }

    [Fact]
    public async Task Tab_completes_what_the_node_offers_and_the_history_comes_back()
    {
        await using var shell = TerminalSession.Start(cluster.Viewer, Node);
        await shell.WaitForAsync(Prompt);

        await shell.TypeAsync("cluster sh\t");
        await shell.WaitForAsync($"{Prompt}cluster show ");
        await shell.TypeAsync("\r");
        await shell.WaitForAsync("Count: ");
        await shell.WaitForAsync(Prompt);

        await shell.TypeAsync("\x1b[A");
        await shell.WaitForAsync($"{Prompt}cluster show");
        await shell.TypeAsync("\r");
        await shell.WaitForAsync("Count: ");

        await shell.TypeAsync("\x04");
        Assert.Equal(0, await shell.WaitForExitAsync());
    }

    [Fact]
    public async Task Ctrl_C_ends_a_stream_and_gives_up_a_line_and_not_the_shell()
    {
        await using var shell = TerminalSession.Start(cluster.Viewer, Node);
        await shell.WaitForAsync(Prompt);

        await shell.TypeAsync("cluster tail\r");
        await shell.WaitForAsync("Watching the cluster");
        await shell.TypeAsync("\x03");
        await shell.WaitForAsync(Prompt);

        await shell.TypeAsync("health --watch 0.2\r");
        await shell.WaitForAsync("Ready: ");
        await shell.WaitForAsync("Ready: ");
        await shell.TypeAsync("\x03");
        await shell.WaitForAsync(Prompt);

        await shell.TypeAsync("nonsense\x03");
        await shell.WaitForAsync("^C");
        await shell.WaitForAsync(Prompt);
        await shell.TypeAsync("cluster show\r");
        await shell.WaitForAsync("Count: ");
    }

    [Fact]
    public async Task Ctrl_C_ends_a_stream_that_was_asked_for_once()
    {
        await using var tail = TerminalSession.Start(cluster.Viewer, Node, "cluster", "tail");
        await tail.WaitForAsync("Watching the cluster");

        await tail.TypeAsync("\x03");

        Assert.Equal(0, await tail.WaitForExitAsync());
    }
}
