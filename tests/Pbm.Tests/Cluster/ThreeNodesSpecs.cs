namespace MtaCluster.Pbm.Tests.Cluster;

[Collection(ThreeNodesCollection.Name)]
public sealed class ThreeNodesCommandSpecs : DestinationSpecs
{
    public ThreeNodesCommandSpecs(ThreeNodes cluster)
        : base(cluster)
    {
        Assert.SkipWhen(ThreeNodes.WhyNot is not null, ThreeNodes.WhyNot ?? string.Empty);
    }
}

[Collection(ThreeNodesCollection.Name)]
public sealed class ThreeNodesShellSpecs : ShellSpecs
{
    public ThreeNodesShellSpecs(ThreeNodes cluster)
        : base(cluster)
    {
        Assert.SkipWhen(ThreeNodes.WhyNot is not null, ThreeNodes.WhyNot ?? string.Empty);
    }
}

[Collection(ThreeNodesCollection.Name)]
public sealed class ThreeNodesAccessSpecs : AccessSpecs
{
    public ThreeNodesAccessSpecs(ThreeNodes cluster)
        : base(cluster)
    {
        Assert.SkipWhen(ThreeNodes.WhyNot is not null, ThreeNodes.WhyNot ?? string.Empty);
    }
}

[Collection(ThreeNodesCollection.Name)]
public sealed class ThreeNodesUserSpecs : UserSpecs
{
    public ThreeNodesUserSpecs(ThreeNodes cluster)
        : base(cluster)
    {
        Assert.SkipWhen(ThreeNodes.WhyNot is not null, ThreeNodes.WhyNot ?? string.Empty);
    }
}

/// <summary>What pbm says, and does, when a node goes.</summary>
[Collection(ThreeNodesCollection.Name)]
public sealed class NodeGoesSpecs
{
    private readonly ThreeNodes _cluster;

    public NodeGoesSpecs(ThreeNodes cluster)
    {
        Assert.SkipWhen(ThreeNodes.WhyNot is not null, ThreeNodes.WhyNot ?? string.Empty);
        _cluster = cluster;
    }

    [Theory]
    [InlineData("leave", "is told to leave")]
    [InlineData("down", "is down")]
    public async Task A_node_that_is_told_to_go_ends_and_the_others_have_its_spools(string command, string expected)
    {
        var (asked, going) = (_cluster.AdminAddresses[0], _cluster.ClusterAddresses[^1]);
        await using var tail = TerminalSession.Start(_cluster.Viewer, _cluster.AdminAddresses[1], "cluster", "tail");
        await tail.WaitForAsync("Watching the cluster");

        var told = await _cluster.Operator.RunAsync(asked, "cluster", command, going);

        Assert.Equal(0, told.ExitCode);
        Assert.EndsWith($"@{going} {expected}", Assert.Single(told.Lines), StringComparison.Ordinal);
        await tail.WaitForAsync($"@{going} removed");
        await _cluster.WaitForEndOfLastAsync();
        Assert.Equal("Count: 2 nodes", (await _cluster.Operator.RunAsync(asked, "cluster", "show")).Lines[^1]);
        await _cluster.WaitForLogAsync($"\"command\":\"cluster {command}\"");

        await _cluster.RestartLastAsync();
        Assert.Equal(0, (await _cluster.Operator.RunAsync(asked, "ledger")).ExitCode);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_and_the_others_answer()
    {
        var (asked, silent) = (_cluster.AdminAddresses[0], _cluster.ClusterAddresses[^1]);
        await using var tail = TerminalSession.Start(_cluster.Viewer, _cluster.AdminAddresses[1], "cluster", "tail");
        await tail.WaitForAsync("Watching the cluster");

        _cluster.FreezeLast();
        var health = await _cluster.Operator.RunAsync(asked, "health");

        Assert.Equal(1, health.ExitCode);
        Assert.Contains("Ready: 2 of 2 nodes that answered", health.Lines);
        Assert.Contains(health.Lines, line => line.StartsWith("no answer from akka.", StringComparison.Ordinal) && line.Contains($"@{silent}: ", StringComparison.Ordinal));
        Assert.Equal("the answer is incomplete\n", health.Errors);
        await tail.WaitForAsync($"@{silent} unreachable");
        await tail.WaitForAsync($"@{silent} removed");

        await _cluster.RestartLastAsync();

        await tail.WaitForAsync($"@{silent} up");
        Assert.Equal(0, (await _cluster.Operator.RunAsync(asked, "health")).ExitCode);
    }
}
