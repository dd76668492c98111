using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Stands for the egress on a node that delivers nothing itself: passes offers on to the egress of another node, the same for each destination while
/// the cluster stays as it is, and brings the answers back. Holds no mail: when an egress node is lost, its offers come back as parked, and all that
/// the spools of this node had parked there is offered anew.
/// </summary>
/// <remarks>
/// Survives nothing and needs nothing: a spool that starts anew offers its messages again. What the lost node was sending may be sent twice, as
/// after any death of a node.
/// </remarks>
internal sealed class EgressRouterActor : UntypedActor
{
    private static readonly SmtpReply s_noEgress = new(451, new EnhancedStatusCode(4, 3, 2), "No node of the cluster sends mail now");
    private static readonly SmtpReply s_lost = new(451, new EnhancedStatusCode(4, 3, 0), "The node that was to send it was lost");

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly Dictionary<(QueueId Id, DestinationKey Destination), Offered> _offered = [];
    private readonly HashSet<IActorRef> _spools = [];
    private ImmutableArray<Address> _nodes = [];

    protected override void PreStart()
        => _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeliveryOffer offer:
                Pass(offer);
                break;
            case OfferSettled settled:
                Return(settled.Id, settled.Target, settled);
                break;
            case OfferParked parked:
                Return(parked.Id, parked.Target, parked);
                break;
            case MailParked parked:
                Remember(parked.Spool);
                EgressOf(parked.Target.Key)?.Tell(parked, Sender);
                break;
            case RecallMail recall:
                Recall(recall);
                break;
            case ClusterEvent.MemberUp up when up.Member.HasRole(ClusterRoles.Egress):
                Add(up.Member.Address);
                break;
            case ClusterEvent.MemberLeft or ClusterEvent.MemberExited or ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved:
                Lose(((ClusterEvent.IMemberEvent)message).Member.Address);
                break;
            case Terminated terminated:
                _spools.Remove(terminated.ActorRef);
                break;
            case ClusterEvent.IMemberEvent:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Pass(DeliveryOffer offer)
    {
        if (NodeOf(offer.Target.Key) is not { } node)
        {
            Remember(offer.Spool);
            Sender.Tell(new OfferParked(offer.Id, offer.Target, s_noEgress));
            return;
        }

        _offered[(offer.Id, offer.Target.Key)] = new Offered(Sender, node, offer.Target);
        At(node).Tell(offer, Self);
    }

    private void Return(QueueId id, DeliveryTarget target, object answer)
    {
        if (_offered.Remove((id, target.Key), out var offered))
        {
            // From the dispatcher, for it is told once the outcome is durable.
            offered.Worker.Tell(answer, Sender);
        }
    }

    private void Recall(RecallMail recall)
    {
        foreach (var node in _nodes)
        {
            At(node).Tell(recall, Sender);
        }
    }

    private void Add(Address node)
    {
        var isFirst = _nodes.IsEmpty;
        _nodes = [.. _nodes.Add(node).Distinct().Order(Member.AddressOrdering)];
        if (isFirst)
        {
            OfferAnew();
        }
    }

    private void Lose(Address node)
    {
        if (!_nodes.Contains(node))
        {
            return;
        }

        _nodes = _nodes.Remove(node);
        foreach (var (key, offered) in _offered.Where(entry => entry.Value.Node == node).ToImmutableArray())
        {
            _offered.Remove(key);
            offered.Worker.Tell(new OfferParked(key.Id, offered.Target, s_lost));
        }

        OfferAnew();
    }

    private void OfferAnew()
    {
        foreach (var spool in _spools)
        {
            spool.Tell(EgressChanged.Instance);
        }
    }

    private void Remember(IActorRef spool)
    {
        if (_spools.Add(spool))
        {
            Context.Watch(spool);
        }
    }

    private ActorSelection? EgressOf(DestinationKey destination) => NodeOf(destination) is { } node ? At(node) : null;

    private static ActorSelection At(Address node) => Egress.At(Context, node);

    // Rendezvous hashing: each destination has its node, and when a node comes or goes only its own destinations move. This node's address is in it,
    // so that a busy destination is spread over the egress nodes by the spool nodes that send to it.
    private Address? NodeOf(DestinationKey destination)
        => _nodes.IsEmpty ? null : _nodes.MaxBy(node => StableHash.Of($"{destination}\n{node}\n{_cluster.SelfAddress}"));

    private readonly record struct Offered(IActorRef Worker, Address Node, DeliveryTarget Target);
}

/// <summary>The egress of a node that delivers nothing itself.</summary>
public static class EgressRouter
{
    /// <summary>Starts it in place of <see cref="Egress"/>.</summary>
    public static IActorRef Start(ActorSystem system) => system.ActorOf(ActorProps.Of(() => new EgressRouterActor()), "egress-router");
}

/// <summary>From the router to a spool: other nodes deliver now than before; what is parked is to be offered anew.</summary>
internal sealed record EgressChanged : INoSerializationVerificationNeeded
{
    public static readonly EgressChanged Instance = new();
}
