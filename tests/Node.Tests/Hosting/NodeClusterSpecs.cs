using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using MtaCluster.Node.Telemetry;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using MtaCluster.Testing.Peers;
using Xunit;
using Cluster = Akka.Cluster.Cluster;
using NodeSettings = MtaCluster.Node.Configuration.NodeSettings;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>Whole nodes in this process, with TLS between them, on one PostgreSQL.</summary>
public sealed class NodeClusterSpecs(SharedPostgres postgres) : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new("nodes");
    private readonly List<RunningNode> _nodes = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Three_nodes_form_a_cluster_take_mail_and_leave_it_with_0()
    {
        var database = await postgres.CreateDatabaseAsync();
        int[] ports = [LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next()];
        var first = await StartAsync(database, ports[0], ports);
        var second = await StartAsync(database, ports[1], ports, "edge");
        var third = await StartAsync(database, ports[2], ports, "spool", "egress");
        await Task.WhenAll(first.WaitUntilReadyAsync(), second.WaitUntilReadyAsync(), third.WaitUntilReadyAsync());

        // A node without spools stores with the others; one that is no edge listens for nobody.
        await using (var client = await RawSmtpClient.ConnectAsync(second.SmtpPort, Stop))
        {
            Assert.Equal(250, (await client.SendAsync("a@example.com", ["b@example.org"], "\r\ntext\r\n"u8.ToArray(), Stop)).Code);
        }

        await Assert.ThrowsAsync<ConnectionLostException>(() => RawSmtpClient.ConnectAsync(third.SmtpPort, Stop));

        Assert.Equal(0, await second.StopAsync());
        Assert.Equal(0, await first.StopAsync());
        await third.WaitUntilAsync(node => node.Spools.QueuedMessages == 1);
        Assert.Empty(third.Node.Readiness.Reasons);
    }

    [Fact]
    public async Task Until_its_seeds_are_there_a_node_says_so_and_can_be_stopped_at_any_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        var own = LoopbackPorts.Next();
        var node = await StartAsync(database, own, [LoopbackPorts.Next(), own]);

        await node.WaitUntilAsync(started => started.Readiness.Stage == NodeStage.Joining);
        Assert.Equal(["cluster: not joined yet"], node.Node.Readiness.Reasons);
        await Assert.ThrowsAsync<ConnectionLostException>(() => RawSmtpClient.ConnectAsync(node.SmtpPort, Stop));

        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task A_node_that_is_put_out_tells_its_clients_421_closes_its_listeners_and_ends_with_3()
    {
        var database = await postgres.CreateDatabaseAsync();
        int[] ports = [LoopbackPorts.Next(), LoopbackPorts.Next()];
        var first = await StartAsync(database, ports[0], ports);
        await first.WaitUntilReadyAsync();
        var second = await StartAsync(database, ports[1], ports);
        await second.WaitUntilReadyAsync();
        await using var client = await RawSmtpClient.ConnectAsync(second.SmtpPort, Stop);

        Cluster.Get(first.Node.System!).Down(Cluster.Get(second.Node.System!).SelfAddress);

        Assert.Equal(421, (await client.ReadReplyAsync(Stop)).Code);
        Assert.Equal(MtaNode.RemovedExitCode, await second.WaitForExitAsync());
        await Assert.ThrowsAsync<ConnectionLostException>(() => RawSmtpClient.ConnectAsync(second.SmtpPort, Stop));
        Assert.Contains("cluster: this node was put out", second.Node.Readiness.Reasons);
        await first.WaitUntilAsync(node => node.Spools.Open.Length == 4);
    }

    private async Task<RunningNode> StartAsync(string database, int port, int[] seeds, params string[] roles)
    {
        var tls = _authority.Issue("127.0.0.1");
        var smtp = LoopbackPorts.Next();
        var keys = new Dictionary<string, string?>
        {
            ["Mta:DataDirectory"] = _directory[$"node{_nodes.Count}"],
            ["Mta:Listeners:0:Address"] = $"127.0.0.1:{smtp}",
            ["Mta:Listeners:0:RelayFrom:0"] = "127.0.0.0/8",
            ["Mta:Routes:0:Domain"] = "*",
            ["Mta:Routes:0:NextHop"] = $"[127.0.0.1]:{LoopbackPorts.Next()}",
            ["Mta:Storage:Provider"] = "PostgreSql",
            ["Mta:Storage:ConnectionString"] = database,
            ["Mta:Cluster:Address"] = $"127.0.0.1:{port}",
            ["Mta:Cluster:Spools"] = "4",
            ["Mta:Cluster:Tls:Certificate"] = tls.Certificate,
            ["Mta:Cluster:Tls:Key"] = tls.Key,
            ["Mta:Cluster:Tls:TrustedCertificates"] = tls.TrustedCertificates,
            ["Mta:Admin:Address"] = "127.0.0.1:0",
        };
        foreach (var (seed, number) in seeds.Select((seed, number) => (seed, number)))
        {
            keys[$"Mta:Cluster:SeedNodes:{number}"] = $"127.0.0.1:{seed}";
        }

        foreach (var (role, number) in roles.Select((role, number) => (role, number)))
        {
            keys[$"Mta:Cluster:Roles:{number}"] = role;
        }

        var loaded = ConfigurationLoader.Load([], _directory.Path, builder => builder.AddInMemoryCollection(keys), MachineChecks.AddErrors);
        var node = new RunningNode(Assert.IsType<ConfigurationResult.Loaded>(loaded).Settings, smtp);
        _nodes.Add(node);
        await node.StartAsync();
        return node;
    }

    private sealed class RunningNode : IAsyncDisposable
    {
        private readonly LogSink _sink = new(Stream.Null, forPeople: false, TimeProvider.System);
        private readonly WebApplication _application;

        public RunningNode(NodeSettings settings, int smtpPort)
        {
            SmtpPort = smtpPort;
            _application = NodeHost.Build(settings, _sink);
            Node = _application.Services.GetRequiredService<MtaNode>();
        }

        public int SmtpPort { get; }

        public MtaNode Node { get; }

        public Task StartAsync() => _application.StartAsync(Stop);

        public async Task<int> StopAsync()
        {
            await _application.StopAsync(Stop).WaitAsync(ClusterNodes.Patience, Stop);
            return Node.ExitCode;
        }

        // As a process does: until something stops it.
        public async Task<int> WaitForExitAsync()
        {
            await _application.WaitForShutdownAsync(Stop).WaitAsync(ClusterNodes.Patience, Stop);
            return Node.ExitCode;
        }

        public Task WaitUntilReadyAsync() => WaitUntilAsync(node => node.Readiness.Reasons.IsEmpty);

        /// <summary>Looks again and again, for what is waited for comes with no event.</summary>
        public async Task WaitUntilAsync(Func<MtaNode, bool> condition)
        {
            using var expired = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            expired.CancelAfter(ClusterNodes.Patience);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!condition(Node))
            {
                await timer.WaitForNextTickAsync(expired.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _application.StopAsync(CancellationToken.None);
            await _application.DisposeAsync();
            _sink.Dispose();
        }
    }
}
