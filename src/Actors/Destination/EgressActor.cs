using System.Collections.Immutable;
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

    /// <summary>How long a dispatcher may take to answer a claim: less than the node that claims waits for this one.</summary>
    private static readonly TimeSpan s_claimPatience = TimeSpan.FromMilliseconds(700);

    private readonly EgressServices _services;
    private readonly Dictionary<DestinationKey, Dispatcher> _dispatchers = [];
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
                Forward(offer.Target.Key, offer);
                break;
            case MailParked parked when _drainedTo is null:
                Forward(parked.Target.Key, parked);
                break;
            case MailParked:
                break;
            case RecallMail recall:
                Broadcast(recall);
                break;
            case ClaimOutcomes claim:
                YieldTo(claim);
                break;
            case GetEgress:
                Describe();
                break;
            case DispatcherIdle idle:
                LetGo(idle);
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

    private void Forward(DestinationKey key, object work)
    {
        if (!_dispatchers.TryGetValue(key, out var dispatcher))
        {
            var taken = new WorkTaken();
            dispatcher = new Dispatcher(Context.ActorOf(ActorProps.Of(() => new DispatcherActor(key, _services, taken))));
            _dispatchers.Add(key, dispatcher);
        }

        dispatcher.Sent++;
        dispatcher.Actor.Forward(work);
    }

    private void Broadcast(object message)
    {
        foreach (var dispatcher in _dispatchers.Values)
        {
            dispatcher.Actor.Tell(message);
        }
    }

    private void YieldTo(ClaimOutcomes claim)
    {
        var (asker, dispatchers) = (Sender, ImmutableArray<ICanTell>.CastUp(Dispatchers()));
        Context.ActorOf(ActorProps.Of(() => new OutcomeClaimActor(claim, dispatchers, asker, s_claimPatience)));
    }

    private ImmutableArray<IActorRef> Dispatchers() => [.. _dispatchers.Values.Select(dispatcher => dispatcher.Actor)];

    private void Describe()
    {
        var (asker, dispatchers) = (Sender, Dispatchers());
        Context.ActorOf(ActorProps.Of(() => new EgressDescriber(dispatchers, asker)));
    }

    // It has taken all that was sent, so its mailbox holds no work: there is never a second dispatcher beside it, with a lease of its own.
    private void LetGo(DispatcherIdle idle)
    {
        if (_dispatchers.TryGetValue(idle.Destination, out var dispatcher)
            && dispatcher.Actor.Equals(Sender)
            && dispatcher.Sent == idle.Taken)
        {
            _dispatchers.Remove(idle.Destination);
            Context.Stop(dispatcher.Actor);
        }
    }

    private void Drain()
    {
        _drainedTo = Sender;
        foreach (var dispatcher in _dispatchers.Values)
        {
            _draining.Add(dispatcher.Actor);
            dispatcher.Actor.Tell(DrainEgress.Instance);
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

    private sealed class Dispatcher(IActorRef actor)
    {
        public IActorRef Actor => actor;

        public long Sent { get; set; }
    }
}

/// <summary>The egress of a node.</summary>
public static class Egress
{
    /// <summary>The name of its actor, by which other nodes find it.</summary>
    internal const string Name = "egress";

    /// <summary>The egress of another node.</summary>
    internal static ActorSelection At(IActorContext context, Address node) => context.ActorSelection(new RootActorPath(node) / "user" / Name);

    /// <summary>Starts it.</summary>
    public static IActorRef Start(ActorSystem system, EgressServices services)
        => system.ActorOf(ActorProps.Of(() => new EgressActor(services)), Name);
}

/// <summary>How much work a dispatcher has taken out of its mailbox. Its own, but outlives its restarts.</summary>
internal sealed class WorkTaken
{
    public long Count { get; set; }
}

/// <summary>From a dispatcher to its parent: nothing to do for a while, after so much work.</summary>
internal sealed record DispatcherIdle(DestinationKey Destination, long Taken) : INoSerializationVerificationNeeded;
