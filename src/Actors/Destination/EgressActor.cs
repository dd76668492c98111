using Akka.Actor;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// The parent of this node's dispatchers: one for each destination that has mail here. Finds or makes the dispatcher for what comes in, and
/// lets go of one that has had nothing to do. Holds no mail.
/// </summary>
internal sealed class EgressActor : UntypedActor
{
    private static readonly SmtpReply s_shuttingDown = new(421, new EnhancedStatusCode(4, 3, 2), "Node is shutting down");

    private readonly EgressServices _services;
    private readonly Dictionary<DestinationKey, IActorRef> _dispatchers = [];
    private readonly HashSet<IActorRef> _draining = [];
    private IActorRef? _drainedTo;

    public EgressActor(EgressServices services)
    {
        _services = services;
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeliveryOffer offer when _drainedTo is not null:
                Sender.Tell(new OfferParked(offer.Id, offer.Target, s_shuttingDown));
                break;
            case DeliveryOffer offer:
                DispatcherFor(offer.Target.Key).Forward(offer);
                break;
            case MailParked parked when _drainedTo is null:
                DispatcherFor(parked.Target.Key).Forward(parked);
                break;
            case MailParked:
                break;
            case DispatcherIdle idle:
                LetGo(idle.Destination);
                break;
            case DrainEgress:
                Drain();
                break;
            case EgressDrained:
                _draining.Remove(Sender);
                ReportIfDrained();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private IActorRef DispatcherFor(DestinationKey key)
    {
        if (!_dispatchers.TryGetValue(key, out var dispatcher))
        {
            dispatcher = Context.ActorOf(ActorProps.Of(() => new DispatcherActor(key, _services)));
            _dispatchers.Add(key, dispatcher);
        }

        return dispatcher;
    }

    // Whatever this actor sent before is in the dispatcher's mailbox ahead of the answer, so nothing is lost: it stops when that is done.
    private void LetGo(DestinationKey destination)
    {
        if (_dispatchers.TryGetValue(destination, out var dispatcher) && dispatcher.Equals(Sender))
        {
            _dispatchers.Remove(destination);
            dispatcher.Tell(StopWhenIdle.Instance);
        }
    }

    private void Drain()
    {
        _drainedTo = Sender;
        foreach (var dispatcher in _dispatchers.Values)
        {
            _draining.Add(dispatcher);
            dispatcher.Tell(DrainEgress.Instance);
        }

        ReportIfDrained();
    }

    private void ReportIfDrained()
    {
        if (_draining.Count == 0)
        {
            _drainedTo?.Tell(EgressDrained.Instance);
        }
    }
}

/// <summary>The egress of a node.</summary>
public static class Egress
{
    /// <summary>Starts it.</summary>
    public static IActorRef Start(ActorSystem system, EgressServices services)
        => system.ActorOf(ActorProps.Of(() => new EgressActor(services)), "egress");
}

/// <summary>From a dispatcher to its parent: nothing to do for a while.</summary>
internal sealed record DispatcherIdle(DestinationKey Destination) : INoSerializationVerificationNeeded;

/// <summary>From the parent to a dispatcher that it has let go of.</summary>
internal sealed record StopWhenIdle : INoSerializationVerificationNeeded
{
    public static readonly StopWhenIdle Instance = new();
}
