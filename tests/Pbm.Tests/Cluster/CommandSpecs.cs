using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>Each command, one-shot and with --json, at every node of a cluster.</summary>
public abstract partial class CommandSpecs(IClusterUnderTest cluster)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cluster_show_has_a_line_for_each_node_and_their_count()
    {
        foreach (var node in cluster.AdminAddresses)
        {
            var shown = await SucceedAsync(node, "cluster", "show");

            Assert.Equal($"Count: {cluster.AdminAddresses.Count} nodes", shown.Lines[^1]);
            Assert.All(shown.Lines[..^1], line => Assert.Matches(MemberLine(), line));
            Assert.Equal(
                cluster.ClusterAddresses.Order(StringComparer.Ordinal),
                shown.Lines[..^1].Select(line => MemberLine().Match(line).Groups[1].Value).Order(StringComparer.Ordinal));
            var data = (await SucceedAsync(node, "cluster", "show", "--json")).Data;
            Assert.Equal(cluster.AdminAddresses.Count, data.Length);
            Assert.All(data, member => Assert.Equal(("up", true), (member.GetProperty("status").GetString(), member.GetProperty("isReachable").GetBoolean())));
        }
    }

    [Fact]
    public async Task Cluster_status_and_leader_agree_on_the_leader_at_every_node()
    {
        var leaders = new HashSet<string?>();
        foreach (var node in cluster.AdminAddresses)
        {
            var status = Assert.Single((await SucceedAsync(node, "cluster", "status", "--json")).Data);
            Assert.Equal(cluster.AdminAddresses.Count, status.GetProperty("nodes").GetProperty("up").GetInt32());
            leaders.Add(status.GetProperty("leader").GetString());
            leaders.Add(Assert.Single((await SucceedAsync(node, "cluster", "leader", "--json")).Data).GetProperty("leader").GetString());
            Assert.Contains("Unreachable: none", (await SucceedAsync(node, "cluster", "status")).Lines);
            Assert.StartsWith("Leader: ", (await SucceedAsync(node, "cluster", "leader")).Lines[0], StringComparison.Ordinal);
        }

        Assert.Single(leaders);
    }

    [Fact]
    public async Task Nodes_that_are_not_there_cannot_be_told_to_go_and_a_member_cannot_join()
    {
        var node = cluster.AdminAddresses[0];

        foreach (var command in new[] { "leave", "down" })
        {
            var result = await cluster.Operator.RunAsync(node, "cluster", command, "nowhere:1");
            Assert.Equal(1, result.ExitCode);
            Assert.StartsWith("'nowhere:1' is no node of this cluster", result.Errors, StringComparison.Ordinal);
        }

        Assert.Contains("in a cluster", (await FailAsync(node, "cluster", "join", "127.0.0.1:1")).Errors, StringComparison.Ordinal);
        Assert.Equal(["Every node can be reached"], (await SucceedAsync(node, "cluster", "down-unreachable")).Lines);
    }

    [Fact]
    public async Task Cluster_sharding_tells_where_every_spool_runs()
    {
        foreach (var node in cluster.AdminAddresses)
        {
            var spools = (await SucceedAsync(node, "cluster-sharding", "shards", "spool", "--json")).Data;
            Assert.Equal(cluster.Spools, spools.Select(spool => spool.GetProperty("shard").GetString()).Distinct().Count());

            var regions = (await SucceedAsync(node, "cluster-sharding", "regions", "--json")).Data;
            Assert.Equal(cluster.Spools, regions.Where(IsSpool).Sum(region => region.GetProperty("entities").GetInt32()));
            var stats = (await SucceedAsync(node, "cluster-sharding", "stats", "--json")).Data;
            Assert.Equal(cluster.Spools, stats.Single(IsSpool).GetProperty("shards").GetInt32());

            var located = Assert.Single((await SucceedAsync(node, "cluster-sharding", "locate", "0", "--json")).Data);
            Assert.Equal(spools.Single(spool => spool.GetProperty("shard").ValueEquals("spool-0")).GetProperty("node").GetString(), located.GetProperty("node").GetString());
        }

        Assert.Contains($"Count: {cluster.Spools} shards", (await SucceedAsync(cluster.AdminAddresses[0], "cluster-sharding", "shards", "spool")).Lines);
        Assert.StartsWith("spool spool-0 runs on akka.", (await SucceedAsync(cluster.AdminAddresses[0], "cluster-sharding", "locate", "0")).Output, StringComparison.Ordinal);
        Assert.Contains("runs on none", (await FailAsync(cluster.AdminAddresses[0], "cluster-sharding", "locate", "nowhere")).Errors, StringComparison.Ordinal);

        static bool IsSpool(JsonElement region) => region.GetProperty("type").ValueEquals("spool");
    }

    [Fact]
    public async Task The_queue_is_summed_up_and_listed_alike_at_every_node_and_each_filter_selects()
    {
        var id = await SendAsync("sender@one.example", "held1@queue.example");
        await SendAsync("", "held2@queue.example");
        foreach (var node in cluster.AdminAddresses)
        {
            await WaitForAsync(node, 2, "--domain", "queue.example", "--status", "waiting");
            var summary = (await SucceedAsync(node, "queue", "summary", "--json")).Data.Single(row => row.TryGetProperty("domain", out var domain) && domain.ValueEquals("queue.example"));
            Assert.Equal(2, summary.GetProperty("recipients").GetInt32());
            Assert.Contains("451 4.2.1 not now", summary.GetProperty("lastReply").GetString(), StringComparison.Ordinal);
            Assert.Contains("Total: ", (await SucceedAsync(node, "queue", "summary", "--domain", "queue.example")).Lines[^1], StringComparison.Ordinal);

            var listed = Assert.Single(await ListAsync(node, "--sender", "sender@one.example"));
            Assert.Equal(id, listed.GetProperty("id").GetString());
            Assert.Equal("held2@queue.example", Assert.Single(await ListAsync(node, "--sender", "<>", "--domain", "queue.example")).GetProperty("waiting")[0].GetString());
            Assert.Single(await ListAsync(node, "--recipient", "held1@queue.example"));
            Assert.Empty(await ListAsync(node, "--domain", "queue.example", "--status", "active"));
            Assert.Empty(await ListAsync(node, "--domain", "queue.example", "--older-than", "1d"));
            Assert.Single(await ListAsync(node, "--domain", "queue.example", "--limit", "1"));
            Assert.Equal("Count: 1 of 2 messages", (await SucceedAsync(node, "queue", "list", "--domain", "queue.example", "--limit", "1")).Lines[^1]);
        }
    }

    [Fact]
    public async Task Flush_tries_what_it_selects_now_and_leaves_the_rest()
    {
        await SendAsync("s@flush.example", "once1@flush.example");
        await SendAsync("s@flush.example", "once2@flush.example");
        var node = cluster.AdminAddresses[^1];
        await WaitForAsync(node, 2, "--domain", "flush.example", "--status", "waiting");

        Assert.Equal(["1 message tried now"], (await SucceedAsync(node, "queue", "flush", "--recipient", "once1@flush.example")).Lines);
        await cluster.WaitForDeliveriesAsync("once1", 1);
        await WaitForAsync(node, 1, "--domain", "flush.example");

        Assert.Equal(1, Assert.Single((await SucceedAsync(node, "queue", "flush", "--domain", "flush.example", "--json")).Data).GetProperty("flushed").GetInt32());
        await cluster.WaitForDeliveriesAsync("once2", 1);
        await WaitForAsync(node, 0, "--domain", "flush.example");
        Assert.Contains("\"touched\":1", await cluster.WaitForLogAsync("--domain flush.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_shown_with_what_became_of_each_recipient()
    {
        var id = await SendAsync("s@show.example", "held@show.example", "fine@show.example");
        foreach (var node in cluster.AdminAddresses)
        {
            await WaitForAsync(node, 1, "--domain", "show.example", "--status", "waiting");
            var message = Assert.Single((await SucceedAsync(node, "message", "show", id, "--json")).Data);
            var recipients = message.GetProperty("recipients").EnumerateArray().ToDictionary(recipient => recipient.GetProperty("address").GetString()!);
            Assert.True(recipients["fine@show.example"].GetProperty("isDone").GetBoolean());
            Assert.Equal(1, recipients["held@show.example"].GetProperty("attempts").GetInt32());
            Assert.Equal("s@show.example", message.GetProperty("reversePath").GetString());

            var shown = await SucceedAsync(node, "message", "show", id);
            Assert.Contains(shown.Lines, line => line.StartsWith("Sender:   s@show.example", StringComparison.Ordinal));
            Assert.Contains(shown.Lines, line => Regex.IsMatch(line, @"^held@show\.example +deferred +1 +in \S+ +451 4\.2\.1 not now$"));
            Assert.Equal(message.GetProperty("node").GetString(), Assert.Single((await SucceedAsync(node, "cluster-sharding", "locate", id, "--json")).Data).GetProperty("node").GetString());
        }

        Assert.Contains("is not queued", (await FailAsync(cluster.AdminAddresses[0], "message", "show", id[..^1] + (id[^1] == '0' ? '1' : '0'))).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_sessions_of_every_node_are_listed()
    {
        await using var client = await cluster.ConnectAsync();
        foreach (var node in cluster.AdminAddresses)
        {
            var session = Assert.Single(
                (await SucceedAsync(node, "connection", "list", "--direction", "inbound", "--json")).Data,
                row => row.GetProperty("state").ValueEquals("commands") && row.GetProperty("messages").GetInt32() == 0);
            Assert.StartsWith("127.0.0.1:", session.GetProperty("peer").GetString(), StringComparison.Ordinal);
            var listed = await SucceedAsync(node, "connection", "list", "--direction", "inbound");
            Assert.Contains(listed.Lines, line => line.StartsWith("inbound ", StringComparison.Ordinal) && line.Contains(session.GetProperty("connectionId").GetString()!, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_ledger_proves_the_account_of_every_spool()
    {
        await SendAsync("s@ledger.example", "held@ledger.example", "fine-ledger@ledger.example");
        await cluster.WaitForDeliveriesAsync("fine-ledger", 1);
        foreach (var node in cluster.AdminAddresses)
        {
            var total = (await SucceedAsync(node, "ledger", "--json")).Data[^1].GetProperty("total");
            Assert.True(total.GetProperty("holds").GetBoolean());
            Assert.InRange(total.GetProperty("queued").GetInt64(), 1, total.GetProperty("accepted").GetInt64() - 1);
            Assert.Equal(cluster.Spools, (await SucceedAsync(node, "ledger", "--spools", "--json")).Data.Length - 1);
            var shown = await SucceedAsync(node, "ledger");
            Assert.Equal($"It holds in each of {cluster.Spools} spools", shown.Lines[^1]);
            Assert.EndsWith(", difference 0", shown.Lines[^2], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Health_has_a_line_for_each_node()
    {
        foreach (var node in cluster.AdminAddresses)
        {
            Assert.Equal(
                cluster.ClusterAddresses.Count,
                (await SucceedAsync(node, "health", "--json")).Data.Count(row => row.GetProperty("isReady").GetBoolean()));
            var count = cluster.ClusterAddresses.Count.ToString(CultureInfo.InvariantCulture);
            Assert.Equal($"Ready: {count} of {count} nodes that answered", (await SucceedAsync(node, "health")).Lines[^1]);
        }
    }

    /// <summary>Sends a message through any node.</summary>
    /// <returns>Its id.</returns>
    protected async Task<string> SendAsync(string reversePath, params string[] recipients)
    {
        await using var client = await cluster.ConnectAsync();
        var reply = await client.SendAsync(reversePath, recipients, "Subject: x\r\n\r\nx\r\n"u8.ToArray(), Stop);
        Assert.Equal(250, reply.Code);
        return reply.Text.Split(' ')[^1];
    }

    /// <summary>Asks until the queue has so many messages that a filter selects.</summary>
    protected async Task WaitForAsync(string node, int count, params string[] filter)
    {
        using var expired = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        expired.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await ListAsync(node, filter)).Length != count)
        {
            await timer.WaitForNextTickAsync(expired.Token);
        }
    }

    protected async Task<PbmResult> SucceedAsync(params string[] arguments)
    {
        var result = await cluster.Operator.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.Output}\n{result.Errors}");
        return result;
    }

    protected async Task<PbmResult> FailAsync(params string[] arguments)
    {
        var result = await cluster.Operator.RunAsync(arguments);
        Assert.True(result.ExitCode == 1, $"{string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.Output}\n{result.Errors}");
        return result;
    }

    private async Task<JsonElement[]> ListAsync(string node, params string[] filter)
        => (await SucceedAsync([node, "queue", "list", "--json", .. filter])).Data;

    [GeneratedRegex(@"^akka(?:\.ssl)?\.tcp://MtaCluster@(\S+:\d+) \| \[[a-z]+(?:,[a-z]+)*\] \| up \| reachable \| \d+\.\d+\.\d+\S*$")]
    private static partial Regex MemberLine();
}
