using System.Text.Json;
using MtaCluster.Interop.Tests.Crash;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>SIGTERM is all that a rolling restart takes.</summary>
public sealed class ShutdownSpecs
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task SIGTERM_under_load_ends_with_0_within_ten_seconds_and_neither_loses_nor_repeats_mail()
    {
        await using var run = new CrashRun(seed: 15);
        await run.SendAsync(300);

        var (exitCode, farewells) = await run.TerminateAsync(s_drain);

        Assert.Equal(0, exitCode);
        Assert.True(farewells > 0, "no session was told 421");
        var verdict = await run.DrainAndCheckAsync();
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Equal(0, run.Repeated);
        Assert.Equal(0, run.Ambiguous);
    }

    [Fact]
    public async Task An_idle_session_is_told_421_and_does_not_hold_the_node_up()
    {
        using var directory = TemporaryDirectory.Create();
        await using var sink = LedgerSink.Start();
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port });
        await using var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken);

        var exit = node.TerminateAsync(s_drain);
        WireReply reply;
        do
        {
            reply = await client.CommandAsync("NOOP", TestContext.Current.CancellationToken);
        }
        while (reply.Code == 250);

        Assert.Equal(421, reply.Code);
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task From_the_start_to_the_stop_every_line_of_the_log_is_JSON()
    {
        using var directory = TemporaryDirectory.Create();
        await using var sink = LedgerSink.Start();
        await using var node = await NodeProcess.StartAsync(new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port });
        await using (var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken))
        {
            var reply = await client.SendAsync("a@example.com", ["b@example.org"], "\r\ntext\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(250, reply.Code);
        }

        await node.WaitForEmptyQueueAsync(s_drain);
        Assert.Equal(0, await node.TerminateAsync(s_drain));

        var events = node.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(EventOf).ToHashSet();
        Assert.Superset(new HashSet<string> { "NodeStarted", "MessageAccepted", "Delivered", "NodeStopped" }, events);
    }

    private static string EventOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("event").GetString()!;
    }

    [Fact]
    public async Task Mail_that_waits_for_its_retry_survives_a_restart()
    {
        using var directory = TemporaryDirectory.Create();
        var attempts = 0;
        await using var sink = LedgerSink.Start(new SinkScript { OnRecipient = _ => Interlocked.Increment(ref attempts) == 1 ? "451 4.2.1 not now" : null });
        var settings = new NodeSettings { Directory = directory.Path, NextHopPort = sink.Port, Retry = TimeSpan.FromSeconds(3) };
        await using (var node = await NodeProcess.StartAsync(settings))
        {
            await using var client = await RawSmtpClient.ConnectAsync(node.Port, TestContext.Current.CancellationToken);
            var reply = await client.SendAsync("a@example.com", ["b@example.org"], "\r\ntext\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(250, reply.Code);
            await client.DisposeAsync();
            Assert.Equal(0, await node.TerminateAsync(s_drain));
        }

        await using var again = await NodeProcess.StartAsync(settings);

        Assert.Single(await sink.WaitForAsync(1, RelayFixture.Patience));
    }

    [Fact]
    public async Task A_wrong_configuration_names_every_error_and_ends_with_2()
    {
        using var directory = TemporaryDirectory.Create();
        await using var node = NodeProcess.Launch(new NodeSettings
        {
            Directory = directory.Path,
            NextHopPort = 70_000,
            Lifetime = TimeSpan.FromSeconds(-1),
        });

        Assert.Equal(2, await node.WaitForExitAsync(RelayFixture.Patience));
        Assert.Contains("Mta:Routes:0:NextHop", node.Output, StringComparison.Ordinal);
        Assert.Contains("Mta:Queue:Lifetime", node.Output, StringComparison.Ordinal);
    }
}
