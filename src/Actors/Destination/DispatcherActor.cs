using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Delivery;
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
    private readonly ConnectionPool _connections = new();
    private readonly ParkedSpools _spools = new();
    private readonly DispatchGate _gate = new();
    private SmtpReply _reason = s_full;
    private bool _leaseRequested;
    private int _connectionsAsked;
    private IActorRef? _drainedTo;
    private DateTimeOffset _lastWork;

    public DispatcherActor(DestinationKey key, EgressServices services, WorkTaken taken)
    {
        _taken = taken;
        _key = key;
        _services = services;
        _limits = services.Shaping.LimitsFor(key);
        _lastWork = Now;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _services.Time.GetUtcNow();

    // Enough to keep every connection busy while more is fetched from the spools.
    private int ReadyLimit => Math.Max(50, _limits.Connections * 20);

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, s_tick);

    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var item in _queue.Items)
        {
            item.Worker.Tell(item.Settled ?? Interrupted(item));
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
            case ConnectionOpened:
                Opened();
                break;
            case ConnectionFailed failed:
                Failed(failed);
                break;
            case LeaseGranted lease:
                _gate.Take(lease, Now);
                Close(_connections.CloseBeyond(_gate.AllowedConnections(Now)));
                _leaseRequested = !_gate.MaySend(Now);
                break;
            case MailParked parked:
                _taken.Count++;
                Context.Watch(parked.Spool);
                _spools.Add(parked);
                break;
            case MailSupplied supplied:
                _spools.Supplied(Sender, supplied.HasMore);
                break;
            case Tick:
                Close(_connections.CloseIdle(s_idleConnection));
                _leaseRequested = false;
                _connectionsAsked = 0;
                break;
            case Terminated terminated:
                Lost(terminated.ActorRef);
                break;
            case DrainEgress:
                Drain();
                return;
            default:
                Unhandled(message);
                return;
        }

        Pump();
        if (message is Tick)
        {
            RequestLease();
            OfferToStop();
        }
    }

    private void Take(DeliveryOffer offer)
    {
        _lastWork = Now;
        if (_queue.Find(offer.Id) is { } known)
        {
            TakeAgain(known, offer);
        }
        else if (_drainedTo is not null || _gate.IsBackedOff(_lastWork) || _queue.ReadyCount >= ReadyLimit)
        {
            Sender.Tell(new OfferParked(offer.Id, offer.Target, _drainedTo is null ? _reason : s_shuttingDown));
        }
        else
        {
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

        known.Worker = Sender;
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

        var now = Now;
        while (_queue.ReadyCount > 0 && _gate.MaySend(now))
        {
            if (_connections.TakeIdle() is { } idle)
            {
                var item = _queue.Take()!;
                _connections.Assign(idle, item);
                _gate.Sent();
                idle.Tell(new Deliver(item.Offer));
            }
            else if (_connections.Count < _gate.AllowedConnections(now))
            {
                Open(_queue.Take()!);
            }
            else
            {
                break;
            }
        }

        if (_queue.ReadyCount > 0 && !_leaseRequested && (!_gate.MaySend(now) || WantedConnections > _connectionsAsked))
        {
            RequestLease();
        }

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

    private void AskSpools(DateTimeOffset now)
    {
        var room = (_gate.BackOffUntil is null ? ReadyLimit : 1) - _queue.ReadyCount;
        if (room * 2 >= ReadyLimit || (_gate.BackOffUntil is not null && room > 0 && _connections.Count == 0))
        {
            if (!_gate.IsBackedOff(now) && _spools.Next() is { } spool)
            {
                spool.Tell(new MailDemand(_key, room));
            }
        }
    }

    private int WantedConnections => Math.Min(_limits.Connections, _queue.ReadyCount + _connections.Count + (_spools.IsEmpty ? 0 : _limits.Connections));

    private int WantedMessages => (int)Math.Max(0, (_spools.IsEmpty ? _queue.ReadyCount : ReadyLimit) - Math.Min(_gate.MessagesLeft(Now), ReadyLimit));

    // Asked when there is nothing to send under the lease, when more connections would help, and by every tick; never more often than the
    // answers come: a lease without messages is not asked for again before the next tick.
    private void RequestLease()
    {
        if (WantedConnections > 0 && !_gate.IsBackedOff(Now))
        {
            _leaseRequested = true;
            _connectionsAsked = WantedConnections;
            _services.Destinations.Tell(new RequestLease(_key, _services.NodeName, _connectionsAsked, WantedMessages));
        }
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
        if (_queue.Count > 0 || _connections.Count > 0 || !_spools.IsEmpty)
        {
            return;
        }

        if (Now - _lastWork > s_idleDispatcher)
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
