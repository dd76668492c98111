using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>One message at a dispatcher: ready, under way, or settled with its outcome not yet durable.</summary>
internal sealed class DispatchItem(DeliveryOffer offer, IActorRef worker)
{
    public DeliveryOffer Offer => offer;

    /// <summary>The MessageActor to answer. A spool that starts anew offers its messages anew: then the successor takes its place.</summary>
    public IActorRef Worker { get; set; } = worker;

    /// <summary>The spool that owns the message: the last one to offer it.</summary>
    public IActorRef Spool { get; set; } = offer.Spool;

    public OfferSettled? Settled { get; set; }

    /// <summary>When it was settled, by the steady clock.</summary>
    public TimeSpan SettledAt { get; set; }

    /// <summary>The spool on another node that owns the message now, and is to hear what comes of it; null while the one that offered it does.</summary>
    public IActorRef? Claimant { get; set; }

    /// <summary>Its place in the order of arrival.</summary>
    public long Arrival { get; set; }

    /// <summary>How often it came back because the peer took no further connection.</summary>
    public int Returns { get; set; }

    public bool IsForSame(DeliveryOffer other) => offer.Recipients.SequenceEqual(other.Recipients);
}

/// <summary>
/// The mail of one destination on this node, by message id: what is ready in order of priority and arrival, and what is known of the rest. The one place that
/// knows whether a message is at work already, so that none is sent twice when its spool asks twice.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly Dictionary<QueueId, DispatchItem> _items = [];
    private readonly PriorityLanes<LinkedList<DispatchItem>> _ready = new(
        static () => new LinkedList<DispatchItem>(),
        static lane => lane.Count == 0,
        static (lane, other) => lane.First!.Value.Arrival < other.First!.Value.Arrival);

    private long _arrivals;

    public int ReadyCount { get; private set; }

    public int Count => _items.Count;

    public IEnumerable<DispatchItem> Items => _items.Values;

    public DispatchItem? Find(QueueId id) => _items.GetValueOrDefault(id);

    public void Add(DispatchItem item)
    {
        _items.Add(item.Offer.Id, item);
        item.Arrival = _arrivals++;
        LaneOf(item).AddLast(item);
        ReadyCount++;
    }

    public DispatchItem? Take()
    {
        if (_ready.Next() is not { First: { } first } lane)
        {
            return null;
        }

        lane.RemoveFirst();
        ReadyCount--;
        return first.Value;
    }

    /// <summary>Puts an item that was taken back in front of those of its priority.</summary>
    public void Return(DispatchItem item)
    {
        LaneOf(item).AddFirst(item);
        ReadyCount++;
    }

    /// <summary>Forgets an item that is not ready.</summary>
    public void Remove(QueueId id) => _items.Remove(id);

    /// <summary>Takes out all that is ready.</summary>
    public ImmutableArray<DispatchItem> TakeAll() => TakeAll(static _ => true);

    /// <summary>Takes out what is ready and meets a condition.</summary>
    public ImmutableArray<DispatchItem> TakeAll(Func<DispatchItem, bool> condition)
    {
        var taken = ImmutableArray.CreateBuilder<DispatchItem>();
        foreach (var lane in _ready.All)
        {
            for (var node = lane.First; node is not null;)
            {
                var next = node.Next;
                if (condition(node.Value))
                {
                    taken.Add(node.Value);
                    _items.Remove(node.Value.Offer.Id);
                    lane.Remove(node);
                    ReadyCount--;
                }

                node = next;
            }
        }

        return taken.ToImmutable();
    }

    private LinkedList<DispatchItem> LaneOf(DispatchItem item) => _ready.Of(item.Offer.Options.Priority);

    /// <summary>Forgets items that meet a condition, which no ready one does.</summary>
    public void Forget(Func<DispatchItem, bool> condition)
    {
        foreach (var item in _items.Values)
        {
            if (condition(item))
            {
                _items.Remove(item.Offer.Id);
            }
        }
    }
}
