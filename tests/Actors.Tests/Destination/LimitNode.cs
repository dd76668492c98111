using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Tests.Spool;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>
/// A member of a cluster with the egress half of a node: real remoting, sharded destinations, dispatchers, and a source that always has
/// more mail. All members share a journal.
/// </summary>
internal sealed class LimitNode : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly Delivered _delivered = new();

    public LimitNode(string connectionString, int limit, ISmtpConnector peer, Address? seed)
    {
        _system = ActorSystem.Create("limits", Configure(connectionString));
        var cluster = Cluster.Get(_system);
        Address = cluster.SelfAddress;
        cluster.Join(seed ?? Address);

        var shaping = ShapingMatch.TryParse("*", out var all)
            ? new ShapingTable([new ShapingRule(all, limit, 100, null, TimeSpan.FromSeconds(30))])
            : ShapingTable.Empty;
        Destinations = DestinationSharding.StartRegion(_system, new DestinationServices(
            shaping, new BackOffSettings(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)), TimeProvider.System, Journal, Snapshots)
        {
            NodeName = Address.ToString(),
        });
        var egress = Egress.Start(_system, new EgressServices(
            Address.ToString(),
            "mx.example.org",
            Destinations,
            shaping,
            new HopResolver(new FakeDns(), [], []),
            peer,
            new FakeStore(),
            false,
            new SmtpTimeouts(),
            TimeProvider.System));
        var delivered = _delivered;
        _system.ActorOf(Props.Create(() => new Source(egress, delivered)));
    }

    public Address Address { get; }

    public IActorRef Destinations { get; }

    /// <summary>Messages delivered so far.</summary>
    public int DeliveredCount => Volatile.Read(ref _delivered.Count);

    public int Members => Cluster.Get(_system).State.Members.Count(member => member.Status == MemberStatus.Up);

    private const string Journal = SpecJournal.Journal;
    private const string Snapshots = SpecJournal.Snapshots;

    /// <summary>Ends as a killed process does: its connections close, and it tells nobody.</summary>
    public Task KillAsync() => _system.Terminate();

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private static Config Configure(string connectionString) => ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = ERROR
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-actor-system-terminate = off
          actor.provider = cluster
          remote.dot-netty.tcp {
            hostname = "127.0.0.1"
            port = 0
          }
          cluster {
            roles = [spool]
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver.active-strategy = keep-majority
            split-brain-resolver.stable-after = 2s
            down-removal-margin = 500ms
            failure-detector.acceptable-heartbeat-pause = 2s
            sharding {
              state-store-mode = ddata
              retry-interval = 500ms
              least-shard-allocation-strategy.rebalance-absolute-limit = 20
            }
          }
        }
        """).WithFallback(SpecJournal.Configure(connectionString));

    private sealed class Delivered
    {
        public int Count;
    }

    /// <summary>Keeps twenty messages at the dispatcher, whatever comes of them.</summary>
    private sealed class Source(IActorRef egress, Delivered delivered) : UntypedActor, IWithTimers
    {
        private int _next;
        private int _back = 20;

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Again), Again.Instance, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));

        protected override void OnReceive(object message)
        {
            if (message is OfferSettled settled)
            {
                Sender.Tell(new OutcomeRecorded(settled.Id));
                Interlocked.Increment(ref delivered.Count);
                Offer();
            }
            else if (message is OfferParked)
            {
                _back++;
            }
            else if (message is Again)
            {
                for (; _back > 0; _back--)
                {
                    Offer();
                }
            }
        }

        private void Offer() => egress.Tell(Offers.Offer(++_next, Self));

        private sealed record Again
        {
            public static readonly Again Instance = new();
        }
    }
}
