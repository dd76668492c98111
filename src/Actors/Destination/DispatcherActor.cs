using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// The ready queue of one destination on this node. Opens outbound connections within the lease that the DestinationActor grants, gives
/// each its next message as soon as it is free, and reports what comes back. Holds a bounded number of messages; the others stay parked in
/// their spools, and are asked for when there is room: so a dead or slow destination costs the others nothing.
/// </summary>
/// <remarks>
/// <para>Survives a restart by putting every message back to its MessageActor. A message whose outcome is known but not yet durable
/// stays known: if its spool starts anew and offers it again, it gets that outcome and is not sent twice.</para>
/// <para>Begins nothing while outcomes cannot be made durable, or the destination is suspended.</para>
/// <code>
/// open ──no host reachable──► backed off ──time is over──► probing (one connection) ──reached──► open
///                                  ▲───────────────────────────────┘ not reached
/// </code>
/// </remarks>
internal sealed partial class DispatcherActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleConnection = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_idleDispatcher = TimeSpan.FromSeconds(30);
    private static readonly SmtpReply s_full = new(451, new EnhancedStatusCode(4, 3, 2), "Waiting for room at the destination");
    private static readonly SmtpReply s_shuttingDown = new(421, new EnhancedStatusCode(4, 3, 2), "Node is shutting down");

    private readonly DestinationKey _key;
    private readonly EgressServices _services;
    private readonly DestinationLimits _limits;
    private readonly WorkTaken _taken;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ReadyQueue _queue = new();
    private readonly ConnectionPool _connections;
    private readonly ParkedSpools _spools = new();
    private readonly DispatchGate _gate = new();
    private SmtpReply _reason = s_full;
    private IActorRef? _drainedTo;
    private TimeSpan _lastWork;

    public DispatcherActor(DestinationKey key, EgressServices services, WorkTaken taken)
    {
        _taken = taken;
        _key = key;
        _services = services;
        _limits = services.Shaping.LimitsFor(key);
        _connections = new ConnectionPool(services.Time);
        _lastWork = Now.Steady;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private Moment Now => Moment.Of(_services.Time);

    // Enough to keep every connection busy while more is fetched from the spools.
    private int ReadyLimit => Math.Max(50, _limits.Connections * 20);

    private bool IsPaused => !_services.Health.IsGood;

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, s_tick);

    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var item in _queue.Items)
        {
            Report(item, item.Settled ?? Interrupted(item, s_internal));
        }

        foreach (var parked in _spools.All)
        {
            Context.Parent.Tell(parked);
        }

        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeliveryOffer offer:
                _taken.Count++;
                Take(offer);
                break;
            case DeliveryEnded ended:
                End(ended);
                break;
            case OutcomeRecorded recorded:
                _queue.Remove(recorded.Id);
                ReportIfDrained();
                break;
            case ConnectionOpened opened:
                Opened(opened);
                break;
            case ConnectionFailed failed:
                Failed(failed);
                break;
            case LeaseGranted lease:
                Take(lease);
                break;
            case MailParked parked:
                _taken.Count++;
                Watch(parked.Spool);
                _spools.Add(parked);
                break;
            case MailSupplied supplied:
                Supplied(supplied);
                break;
            case Tick:
                Advance();
                return;
            case Terminated terminated:
                Lost(terminated.ActorRef);
                break;
            case RecallMail recall:
                Recall(recall.Spool);
                break;
            case ClaimOutcomes claim:
                YieldTo(claim);
                break;
            case GetDispatcher:
                Sender.Tell(Describe());
                return;
            case DrainEgress:
                Drain();
                return;
            default:
                Unhandled(message);
                return;
        }

        Pump();
    }

    private void Take(DeliveryOffer offer)
    {
        var now = Now;
        _lastWork = now.Steady;
        Arrived();
        if (_queue.Find(offer.Id) is { } known)
        {
            TakeAgain(known, offer);
        }
        else if (_drainedTo is not null || _gate.IsBackedOff(now) || _gate.SuspensionAt(now) is not null || _queue.ReadyCount >= ReadyLimit)
        {
            _turnedAway = true;
            Sender.Tell(new OfferParked(offer.Id, offer.Target, _drainedTo is null ? _reason : s_shuttingDown));
        }
        else
        {
            Watch(offer.Spool);
            _queue.Add(new DispatchItem(offer, Sender));
        }
    }

    private void TakeAgain(DispatchItem known, DeliveryOffer offer)
    {
        if (!known.IsForSame(offer))
        {
            Sender.Tell(new OfferParked(offer.Id, offer.Target, s_full));
            return;
        }

        Watch(offer.Spool);
        known.Worker = Sender;
        known.Spool = offer.Spool;
        known.Claimant = null;
        if (known.Settled is { } settled)
        {
            Sender.Tell(settled);
        }
    }

    private void Pump()
    {
        if (_drainedTo is not null)
        {
            ParkWhatCameBack();
            return;
        }

        if (IsPaused)
        {
            return;
        }

        var now = Now;
        while (_queue.ReadyCount > 0 && _gate.MaySend(now) && _gate.AllowedConnections(now) is var allowed and > 0)
        {
            if (_connections.TakeIdle() is { } idle)
            {
                var item = _queue.Take()!;
                _connections.Assign(idle, item);
                _gate.Sent();
                idle.Tell(new Deliver(item.Offer));
            }
            else if (_connections.Count < allowed)
            {
                Open(_queue.Take()!);
            }
            else
            {
                break;
            }
        }

        RequestLeaseIfShort(now);
        AskSpools(now);
    }

    private void Open(DispatchItem item)
    {
        var offer = item.Offer;
        var timeout = _limits.ConnectTimeout;
        var connection = Context.ActorOf(ActorProps.Of(() => new DeliveryConnectionActor(offer, timeout, _services)));
        Context.Watch(connection);
        _connections.Add(connection, item);
        _gate.Sent();
    }

    private void Advance()
    {
        _leaseRequested = false;
        _connectionsAsked = 0;
        ForgetOldExpectations();
        ForgetSettledOfGoneSpools();
        Close(_connections.CloseIdle(s_idleConnection));
        EndLease();
        Pump();
        Renew();
        OfferToStop();
    }

    private static void Close(ImmutableArray<IActorRef> connections)
    {
        foreach (var connection in connections)
        {
            connection.Tell(CloseConnection.Instance);
        }
    }

    private void OfferToStop()
    {
        if (_queue.Count == 0 && _connections.Count == 0 && _spools.IsEmpty && Now.Steady - _lastWork > s_idleDispatcher)
        {
            Context.Parent.Tell(new DispatcherIdle(_key, _taken.Count));
        }
    }

    private void Drain()
    {
        _drainedTo = Sender;
        ParkReady(s_shuttingDown);
        Close(_connections.CloseIdle(TimeSpan.Zero));
        ReportIfDrained();
    }

    // A connection that was lost before it took its message gives it back: not to be sent now, and not to be waited for.
    private void ParkWhatCameBack()
    {
        if (_queue.ReadyCount > 0)
        {
            ParkReady(s_shuttingDown);
            ReportIfDrained();
        }
    }

    private void ReportIfDrained()
    {
        if (_drainedTo is not null && _queue.Count == 0)
        {
            _drainedTo.Tell(EgressDrained.Instance);
        }
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
