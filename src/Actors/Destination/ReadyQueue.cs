using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>One message at a dispatcher: ready, under way, or settled with its outcome not yet durable.</summary>
internal sealed class DispatchItem(DeliveryOffer offer, IActorRef worker)
{
    public DeliveryOffer Offer => offer;

    /// <summary>The MessageActor to answer. A spool that starts anew offers its messages anew: then the successor takes its place.</summary>
    public IActorRef Worker { get; set; } = worker;

    public OfferSettled? Settled { get; set; }

    /// <summary>How often it came back because the peer took no further connection.</summary>
    public int Returns { get; set; }

    public bool IsForSame(DeliveryOffer other) => offer.Recipients.SequenceEqual(other.Recipients);
}

/// <summary>
/// The mail of one destination on this node, by message id: what is ready in order, and what is known of the rest. The one place that
/// knows whether a message is at work already, so that none is sent twice when its spool asks twice.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly Dictionary<QueueId, DispatchItem> _items = [];
    private readonly LinkedList<DispatchItem> _ready = new();

    public int ReadyCount => _ready.Count;

    public int Count => _items.Count;

    public IEnumerable<DispatchItem> Items => _items.Values;

    public DispatchItem? Find(QueueId id) => _items.GetValueOrDefault(id);

    public void Add(DispatchItem item)
    {
        _items.Add(item.Offer.Id, item);
        _ready.AddLast(item);
    }

    public DispatchItem? Take()
    {
        var first = _ready.First;
        if (first is null)
        {
            return null;
        }

        _ready.RemoveFirst();
        return first.Value;
    }

    /// <summary>Puts an item that was taken back in front.</summary>
    public void Return(DispatchItem item) => _ready.AddFirst(item);

    /// <summary>Forgets an item that is not ready.</summary>
    public void Remove(QueueId id) => _items.Remove(id);

    /// <summary>Takes out all that is ready.</summary>
    public ImmutableArray<DispatchItem> TakeAll()
    {
        var all = _ready.ToImmutableArray();
        _ready.Clear();
        foreach (var item in all)
        {
            _items.Remove(item.Offer.Id);
        }

        return all;
    }
}
