using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Microsoft.Extensions.Configuration;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using Xunit;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>Actor systems with the settings of a node's cluster side, and no journal. Ended with the test.</summary>
internal sealed class ClusterNodes : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<ActorSystem> _systems = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts one on a free port of 127.0.0.1.</summary>
    public ActorSystem Start(ClusterTlsSettings? tls = null, string host = "127.0.0.1", string overrides = "", ImmutableArray<HostAndPort> seeds = default)
    {
        var cluster = new ClusterSettings(new HostAndPort(host, 0), seeds.IsDefault ? [] : seeds, ["edge", "spool", "egress"], 4) { Tls = tls };
        var settings = SettingsReader.Read(new ConfigurationBuilder().Build(), []) with { Cluster = cluster };
        var bootstrap = BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(overrides)
            .WithFallback(ConfigurationFactory.ParseString("akka.stdout-loglevel = OFF\nakka.loglevel = WARNING\nakka.loggers = []"))
            .WithFallback(ClusterConfiguration.Create(settings)));
        var setup = tls is null ? ActorSystemSetup.Create(bootstrap) : bootstrap.And(ClusterCertificates.ToSetup(tls));
        return Add(ActorSystem.Create(ActorSystemConfiguration.SystemName, setup));
    }

    /// <summary>Ends a system with the others.</summary>
    public ActorSystem Add(ActorSystem system)
    {
        _systems.Add(system);
        return system;
    }

    /// <summary>Joins all to the first; completes when each of them is up.</summary>
    public static async Task FormAsync(params ActorSystem[] systems)
    {
        var seed = Cluster.Get(systems[0]).SelfAddress;
        foreach (var system in systems)
        {
            await Cluster.Get(system).JoinAsync(seed, Stop).WaitAsync(Patience, Stop);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_systems.Select(system => system.Terminate())).WaitAsync(Patience);
}
