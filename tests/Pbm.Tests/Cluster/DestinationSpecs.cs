namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>All commands: those of <see cref="CommandSpecs"/>, and what is about destinations and outbound sessions.</summary>
public abstract class DestinationSpecs(IClusterUnderTest cluster) : CommandSpecs(cluster)
{
    private readonly IClusterUnderTest _cluster = cluster;

    [Fact]
    public async Task A_destination_that_had_mail_is_listed_and_shown_with_its_limits()
    {
        await SendAsync("s@listed.example", "listed@listed.example");
        await _cluster.WaitForDeliveriesAsync("listed", 1);
        foreach (var node in _cluster.AdminAddresses)
        {
            var row = (await SucceedAsync(node, "destination", "list", "--json")).Data.Single(row => row.GetProperty("destination").ValueEquals(_cluster.Destination));
            Assert.Equal(20, row.GetProperty("connectionLimit").GetInt32());
            Assert.Contains((await SucceedAsync(node, "destination", "list")).Lines, line => line.StartsWith(_cluster.Destination + " ", StringComparison.Ordinal));

            var shown = Assert.Single((await SucceedAsync(node, "destination", "show", _cluster.Destination, "--json")).Data);
            Assert.Equal(20, shown.GetProperty("connectionLimit").GetInt32());
            Assert.Contains(_cluster.ClusterAddresses, address => shown.GetProperty("node").GetString()!.EndsWith("@" + address, StringComparison.Ordinal));
            Assert.Contains("Connections:  20 in the whole cluster", (await SucceedAsync(node, "destination", "show", _cluster.Destination)).Lines);
        }
    }

    [Fact]
    public async Task Mail_for_a_suspended_destination_waits_until_it_is_resumed_and_every_node_says_why()
    {
        var (first, last) = (_cluster.AdminAddresses[0], _cluster.AdminAddresses[^1]);
        var suspended = await SucceedAsync(first, "destination", "suspend", _cluster.Destination, "--reason", "their request", "--for", "2h");
        Assert.Matches(@": suspension by olga, ends in (2h|1h59m): their request$", Assert.Single(suspended.Lines));
        await WaitForTheLeasesToEndAsync(first);
        await SendAsync("s@suspend.example", "waits@suspend.example");
        foreach (var node in _cluster.AdminAddresses)
        {
            await WaitForAsync(node, 1, "--domain", "suspend.example", "--status", "parked");
            var shown = Assert.Single((await SucceedAsync(node, "destination", "show", _cluster.Destination, "--json")).Data);
            Assert.Equal("their request", shown.GetProperty("suspension").GetProperty("reason").GetString());
            Assert.Contains((await SucceedAsync(node, "destination", "list")).Lines, line => line.Contains("suspension by olga", StringComparison.Ordinal));
        }

        var resumed = Assert.Single((await SucceedAsync(last, "destination", "resume", _cluster.Destination, "--json")).Data);

        Assert.False(resumed.TryGetProperty("suspension", out _));
        await _cluster.WaitForDeliveriesAsync("waits", 1);
        Assert.Contains("\"touched\":1", await _cluster.WaitForLogAsync("destination resume"), StringComparison.Ordinal);
    }

    // What a node was granted before the suspension holds for another second or two.
    private async Task WaitForTheLeasesToEndAsync(string node)
    {
        using var expired = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        expired.CancelAfter(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Assert.Single((await SucceedAsync(node, "destination", "show", _cluster.Destination, "--json")).Data).GetProperty("leases").GetArrayLength() > 0)
        {
            await timer.WaitForNextTickAsync(expired.Token);
        }
    }

    [Fact]
    public async Task Outbound_sessions_of_every_node_are_listed_with_their_destination()
    {
        await SendAsync("s@session.example", "session@session.example");
        await _cluster.WaitForDeliveriesAsync("session", 1);
        foreach (var node in _cluster.AdminAddresses)
        {
            var sessions = (await SucceedAsync(node, "connection", "list", "--destination", _cluster.Destination, "--json")).Data;

            // It stays open for a while after a message; whether it still is, is not certain.
            Assert.All(sessions, session => Assert.Equal(
                ("outbound", _cluster.Destination), (session.GetProperty("direction").GetString(), session.GetProperty("destination").GetString())));
            Assert.Equal(["Count: 0 connections"], (await SucceedAsync(node, "connection", "list", "--destination", "nowhere")).Lines);
        }
    }
}
