using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Dns;
using MtaCluster.Node.Net;
using MtaCluster.Node.Smtp;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Node.Hosting;

/// <summary>
/// The mail side of a node: the store, the actor system and what is in it. Started before the listeners open, stopped after they have
/// closed, so that no client ever meets a queue that is not there.
/// </summary>
internal sealed partial class MtaNode(
    NodeSettings settings, LogSink sink, ILoggerFactory loggers, TimeProvider time) : IHostedService, IDisposable
{
    private const string AcknowledgeBeforeCommitSwitch = "MTA_TEST_ACK_BEFORE_COMMIT";

    private static readonly TimeSpan s_acceptTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_backOffInitial = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_backOffMaximum = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_terminateTimeout = TimeSpan.FromSeconds(3);

    private readonly ILogger _log = loggers.CreateLogger<MtaNode>();
    private readonly MailLog _mailLog = new(sink);
    private EmbeddedMessageStore? _store;
    private DnsMxResolver? _resolver;
    private ActorSystem? _system;
    private IActorRef? _egress;
    private IActorRef? _sweep;
    private ImmutableDictionary<string, SmtpConnectionHandler> _handlers = ImmutableDictionary<string, SmtpConnectionHandler>.Empty;

    public MailCounters Counters { get; } = new();

    public LocalSpools Spools { get; } = new(settings.Cluster.Spools);

    public InboundConnections? Inbound { get; private set; }

    public SmtpConnectionHandler HandlerOf(string listener) => _handlers[listener];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _store = EmbeddedMessageStore.Open(
            new EmbeddedMessageStoreOptions(Path.Combine(settings.DataDirectory, "bodies"))
            {
                CacheBytes = settings.Storage.BodyCacheBytes,
                SegmentBytes = settings.Storage.SegmentBytes,
            },
            loggers.CreateLogger<EmbeddedMessageStore>());
        _resolver = new DnsMxResolver(new DnsMxResolverOptions { Servers = settings.Dns.Servers, Timeout = settings.Dns.Timeout }, time);
        _system = ActorSystem.Create(
            ActorSystemConfiguration.SystemName,
            BootstrapSetup.Create().WithConfig(ActorSystemConfiguration.Create(settings)).And(new LoggerFactorySetup(loggers)));
        var cluster = Cluster.Get(_system);
        await cluster.JoinAsync(cluster.SelfAddress, cancellationToken).ConfigureAwait(false);

        StartActors(_system, _store, _resolver);
        await Spools.AllOpened.WaitAsync(cancellationToken).ConfigureAwait(false);
        var orphans = await Task.Run(_store.SweepOrphans, cancellationToken).ConfigureAwait(false);
        LogRecovered(_log, Spools.QueuedMessages, orphans);
    }

    /// <summary>Drains: deliveries under way end and their outcomes are journaled; then the node leaves the cluster.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_system is null)
        {
            return;
        }

        try
        {
            await _egress!.Ask<EgressDrained>(DrainEgress.Instance, s_drainTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            LogDrainIncomplete(_log);
        }

        await _sweep!.GracefulStop(s_drainTimeout).ConfigureAwait(false);
        try
        {
            await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance)
                .WaitAsync(s_terminateTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogShutdownIncomplete(_log);
        }

        LogStopped(_log);
    }

    public void Dispose()
    {
        // The actor system has ended, or did not in its time: waiting for it here would hold up the exit of the process.
        _resolver?.Dispose();
        _store?.Dispose();
        Inbound?.Dispose();
    }

    private void StartActors(ActorSystem system, IMessageStore store, IMxResolver resolver)
    {
        var nodeName = Cluster.Get(system).SelfAddress.ToString();
        var destinations = DestinationSharding.StartRegion(system, new DestinationServices(
            settings.Shaping, BackOff(), time, ActorSystemConfiguration.DestinationJournal, ActorSystemConfiguration.DestinationSnapshots));
        var egress = new EgressServices(
            nodeName,
            settings.Hostname,
            destinations,
            settings.Shaping,
            new HopResolver(resolver, settings.Listeners.Select(listener => listener.Address), LocalAddresses.Find()),
            new TcpSmtpConnector(),
            store,
            settings.Smtp.StartTls,
            new SmtpTimeouts(),
            time);
        _egress = Egress.Start(system, egress);

        var schedule = Schedule();
        var spools = SpoolSharding.StartRegion(system, new SpoolServices(
            nodeName,
            schedule,
            store,
            new ReportWriter(store, settings.Hostname, schedule.Lifetime, _mailLog, time),
            new RoutePlanner(resolver, settings.Routes, settings.Shaping, settings.Hostname, settings.Smtp.Port),
            _egress,
            Spools,
            _mailLog,
            Counters,
            time,
            ActorSystemConfiguration.SpoolJournal,
            ActorSystemConfiguration.SpoolSnapshots));
        _sweep = SpoolSharding.StartSweep(system, spools, settings.Cluster.Spools);
        StartInbound(system, store, spools);
    }

    private void StartInbound(ActorSystem system, IMessageStore store, IActorRef spools)
    {
        var acknowledgeBeforeCommit = Environment.GetEnvironmentVariable(AcknowledgeBeforeCommitSwitch) == "1";
        if (acknowledgeBeforeCommit)
        {
            LogUnsafe(_log, AcknowledgeBeforeCommitSwitch);
        }

        var inbound = new InboundConnections(system, new InboundServices(Spools, spools, settings.Cluster.Spools, s_acceptTimeout, time)
        {
            AcknowledgeBeforeCommit = acknowledgeBeforeCommit,
        });
        Inbound = inbound;
        _handlers = settings.Listeners.ToImmutableDictionary(listener => listener.Name, listener => new SmtpConnectionHandler(
            OptionsOf(listener), inbound, store, time, loggers.CreateLogger<SmtpConnectionHandler>()));
    }

    private SmtpListenerOptions OptionsOf(ListenerSettings listener) => new()
    {
        Name = listener.Name,
        Hostname = settings.Hostname,
        RelayFrom = listener.RelayFrom,
        LocalDomains = [.. settings.LocalDomains.Select(domain => domain.ToString())],
        RelayDomains = [.. settings.RelayDomains.Select(domain => domain.ToString())],
        MaximumMessageSize = settings.Smtp.MaximumMessageSize,
        MaximumRecipients = settings.Smtp.MaximumRecipients,
        MaximumErrors = settings.Smtp.MaximumErrors,
        MaximumHops = settings.Smtp.MaximumHops,
        MaximumLineLength = settings.Smtp.MaximumLineLength,
        CommandTimeout = settings.Smtp.CommandTimeout,
        DataTimeout = settings.Smtp.DataTimeout,
    };

    private RetrySchedule Schedule() => new(
        settings.Queue.Initial,
        settings.Queue.Factor,
        settings.Queue.Maximum,
        settings.Queue.Jitter,
        settings.Queue.Lifetime,
        settings.Queue.DelayWarningAfter);

    // No sooner than a message would be tried again, and not much later than an operator who has just mended the peer would bear.
    private BackOffSettings BackOff() => new(
        settings.Queue.Initial < s_backOffInitial ? settings.Queue.Initial : s_backOffInitial,
        settings.Queue.Maximum < s_backOffMaximum ? settings.Queue.Maximum : s_backOffMaximum);

    [LoggerMessage(2001, LogLevel.Information, "Recovered {messages} queued messages; freed {orphans} bodies that nobody had accepted", EventName = "QueueRecovered")]
    private static partial void LogRecovered(ILogger logger, long messages, int orphans);

    [LoggerMessage(2002, LogLevel.Warning, "Deliveries did not end in time; they are tried again after the start", EventName = "DrainIncomplete")]
    private static partial void LogDrainIncomplete(ILogger logger);

    [LoggerMessage(2003, LogLevel.Warning, "The actor system did not end in time", EventName = "ShutdownIncomplete")]
    private static partial void LogShutdownIncomplete(ILogger logger);

    [LoggerMessage(2005, LogLevel.Critical, "{name} is set: this node says 250 before mail is durable, AND LOSES MAIL", EventName = "UnsafeTestSwitch")]
    private static partial void LogUnsafe(ILogger logger, string name);

    [LoggerMessage(2004, LogLevel.Information, "Stopped", EventName = "NodeStopped")]
    private static partial void LogStopped(ILogger logger);
}
