using Akka.Actor;
using Akka.Actor.Setup;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors.Admin;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Admin.Queries;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Delivery;
using MtaCluster.Node.Dns;
using MtaCluster.Node.Net;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Recipients;
using MtaCluster.Node.Smtp;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Node.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Hosting;

/// <summary>
/// The mail side of a node: the store, the actor system and what is in it, and the SMTP listeners. They open once the node is in its cluster and
/// spools can be reached, and close before it goes, so that no client ever meets a queue that is not there.
/// </summary>
internal sealed partial class MtaNode(
    NodeSettings settings,
    LogSink sink,
    ILoggerFactory loggers,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    IServiceProvider services) : IHostedService, IAsyncDisposable
{
    private const string AcknowledgeBeforeCommitSwitch = "MTA_TEST_ACK_BEFORE_COMMIT";

    private static readonly TimeSpan s_acceptTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_backOffInitial = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_backOffMaximum = TimeSpan.FromMinutes(15);

    private readonly ILogger _log = loggers.CreateLogger<MtaNode>();
    private readonly MailLog _mailLog = new(sink);
    private IStorageBackend? _storage;
    private NodeAuthentication? _authentication;
    private RecipientChecks? _recipients;
    private DnsMxResolver? _resolver;
    private ActorSystem? _system;
    private IActorRef? _egress;
    private IActorRef? _spools;
    private IActorRef? _sweep;
    private IActorRef? _moves;
    private SmtpListeners? _listeners;
    private Edge? _edge;
    private int _disposed;

    public MailCounters Counters { get; } = new();

    /// <summary>The actor system; null until the storage can be used.</summary>
    public ActorSystem? System => _system;

    public LocalSpools Spools { get; } = new(settings.Cluster.Spools);

    public InboundConnections? Inbound { get; private set; }

    /// <summary>What the admin endpoint works with; null until the actors have started.</summary>
    public AdminServices? Admin { get; private set; }

    /// <summary>Whether this part of the cluster can do its work.</summary>
    public StoreHealth Health { get; } = new();

    /// <summary>Whether the node is ready for mail.</summary>
    public NodeReadiness Readiness => field ??= new NodeReadiness(Health);

    /// <summary>Begins, and does not wait: the database or the cluster may be long in coming, and until then the admin endpoint tells why.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _opening = Task.Run(() => OpenAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        // Twice: the container knows the node by itself, and as a hosted service.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // The actor system has ended, or did not in its time: waiting for it here would hold up the exit of the process.
        _listeners?.Dispose();
        _edge?.Dispose();
        _resolver?.Dispose();
        _authentication?.Dispose();
        if (_recipients is not null)
        {
            await _recipients.DisposeAsync().ConfigureAwait(false);
        }

        Inbound?.Dispose();
        _stopping.Dispose();
        if (Interlocked.Exchange(ref _storage, null) is { } storage)
        {
            await storage.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ActorSystemSetup Setup(IStorageBackend storage)
    {
        var bootstrap = BootstrapSetup.Create().WithConfig(ActorSystemConfiguration.Create(settings, storage)).And(new LoggerFactorySetup(loggers));
        return settings.Cluster.Tls is { } tls ? bootstrap.And(ClusterCertificates.ToSetup(tls)) : bootstrap;
    }

    private void StartActors(ActorSystem system, IStorageBackend storage, IMxResolver resolver)
    {
        var store = storage.Bodies;
        _authentication = new NodeAuthentication(settings, storage.Users, loggers, time);
        var nodeName = Cluster.Get(system).SelfAddress.ToString();
        var destinations = DestinationSharding.StartRegion(system, new DestinationServices(
            settings.Shaping, BackOff(), time, storage.DestinationJournal, storage.DestinationSnapshots)
        {
            NodeName = nodeName,
        });
        var routes = new RoutePlanner(resolver, settings.Routes, settings.Shaping, settings.Hostname, settings.Smtp.Port);
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
            time)
        {
            Health = Health,
            Converter = new MimeBodyConverter(loggers.CreateLogger<MimeBodyConverter>()),
        };
        _egress = settings.Cluster.HasRole(ClusterRoles.Egress) ? Egress.Start(system, egress) : EgressRouter.Start(system);

        var schedule = Schedule();
        _moves = SpoolSharding.StartMoves(system);
        _spools = SpoolSharding.StartRegion(system, new SpoolServices(
            nodeName,
            schedule,
            store,
            new ReportWriter(store, settings.Hostname, _mailLog, time) { MaximumReturned = settings.Queue.MaximumReturnedSize },
            routes,
            _egress,
            Spools,
            _mailLog,
            Counters,
            time,
            storage.SpoolJournalOf,
            storage.SpoolSnapshotsOf)
        {
            StoreHealth = Health,
            Moves = _moves,
            Claims = IsAlone ? ActorRefs.Nobody : OutcomeClaims.Start(system),
            WriteRest = storage.WriteRest,
            IsNotWritten = storage.IsNotWritten,
            LookInterval = settings.Storage.PostgreSql is null ? null : s_lookInterval,
        });
        if (storage.Reclaim is { } reclaim && settings.Cluster.HasRole(ClusterRoles.Spool))
        {
            BodyReclaim.Start(system, _spools, settings.Cluster.Spools, reclaim);
        }

        if (settings.Cluster.HasRole(ClusterRoles.Edge))
        {
            StartInbound(system, store, _spools, routes, egress);
        }

        StartAdmin(system, _spools, destinations);
    }

    private void StartAdmin(ActorSystem system, IActorRef spools, IActorRef destinations)
    {
        var egress = settings.Cluster.HasRole(ClusterRoles.Egress) ? _egress : null;
        Admin = new AdminServices(system, spools, settings.Cluster.Spools, destinations, egress, Inbound, Readiness, time)
        {
            Users = _authentication?.Accounts,
        };
        NodeQueries.Start(system, NodeQuestions.All(Admin));
    }

    private void StartInbound(ActorSystem system, IMessageStore store, IActorRef spools, RoutePlanner routes, EgressServices egress)
    {
        var acknowledgeBeforeCommit = Environment.GetEnvironmentVariable(AcknowledgeBeforeCommitSwitch) == "1";
        if (acknowledgeBeforeCommit)
        {
            LogUnsafe(_log, AcknowledgeBeforeCommitSwitch);
        }

        _recipients = new RecipientChecks(
            settings.Recipients,
            new AccountMailboxes(_authentication!.Users),
            new CallAheadServices(
                settings.Hostname, settings.Smtp.StartTls, routes, egress.Hops, egress.Connector, time, loggers.CreateLogger<CallAhead>()),
            time,
            loggers);
        var inbound = new InboundConnections(system, new InboundServices(Spools, spools, settings.Cluster.Spools, s_acceptTimeout, time)
        {
            StoreHealth = Health,
            AcknowledgeBeforeCommit = acknowledgeBeforeCommit,
        });
        Inbound = inbound;
        var rates = RateSharding.Start(system, time);
        var edge = new Edge(settings, rates, () => inbound.Storing, time, loggers);
        _edge = edge;
        var sessions = new SmtpSessionServices
        {
            QueueRuns = new QueueRuns(spools, settings.Cluster.Spools),
            Tls = edge.Tls,
            Authenticator = _authentication.Authenticator,
            Policies = new PolicyChain(_recipients.Rules, time, loggers.CreateLogger<PolicyChain>()),
            Gate = edge.Gate,
            Tarpit = edge.Tarpit,
            Rates = rates,
            Submissions = settings.Submission.Rules,
            ChecksReversePath = settings.Submission.ChecksReversePath,
        };
        _listeners = new SmtpListeners(settings.Listeners, listener => edge.Before(listener, SessionsOf(listener)), services, loggers);

        ConnectionDelegate SessionsOf(ListenerSettings listener)
            => new SmtpConnectionHandler(OptionsOf(listener), inbound, store, time, loggers.CreateLogger<SmtpConnectionHandler>(), sessions).OnConnectedAsync;
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
        MaximumHold = settings.Smtp.MaximumHold,
        MinimumDataRate = settings.Smtp.MinimumDataRate,
        MessageTimeout = settings.Smtp.MessageTimeout,
        EarlyTalkerDelay = settings.Inbound.EarlyTalkerDelay,
        MessageRatePerClient = settings.Inbound.MessageRatePerClient,
        Lmtp = listener.Lmtp,
        OffersStartTls = listener.Tls == ListenerTls.StartTls,
        OffersAuth = listener.OffersAuth,
        RequireAuth = listener.RequireAuth,
        RequireTls = listener.RequireTls,
        RelayForCertificates = listener.RelayForCertificates,
        XClientFrom = listener.XClientFrom,
        XForwardFrom = listener.XForwardFrom,
        QueueRunDomains = listener.EtrnDomains,
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

    [LoggerMessage(2005, LogLevel.Critical, "{name} is set: this node says 250 before mail is durable, AND LOSES MAIL", EventName = "UnsafeTestSwitch")]
    private static partial void LogUnsafe(ILogger logger, string name);
}
