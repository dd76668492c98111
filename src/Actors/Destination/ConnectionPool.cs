using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Delivery;

namespace MtaCluster.Actors.Destination;

/// <summary>The outbound connections of a dispatcher: what each is doing, and which are free. The most recently used is used first, so that the others can go.</summary>
internal sealed class ConnectionPool(TimeProvider time)
{
    private readonly Dictionary<IActorRef, Slot> _slots = [];
    private readonly List<Slot> _idle = [];
    private readonly Dictionary<IActorRef, Slot> _closing = [];

    /// <summary>All that the peer may count: also those being opened, and those being closed.</summary>
    public int Count => _slots.Count + _closing.Count;

    /// <summary>Those with a message.</summary>
    public int BusyCount => _slots.Count - _idle.Count;

    /// <summary>Those that a peer has taken.</summary>
    public int EstablishedCount { get; private set; }

    /// <summary>All of them.</summary>
    public IEnumerable<IActorRef> All => _slots.Keys.Concat(_closing.Keys);

    public void Add(IActorRef connection, DispatchItem item)
        => _slots.Add(connection, new Slot(connection, time.GetUtcNow()) { Item = item });

    public void Opened(IActorRef connection, ConnectionOpened? opened = null)
    {
        if (_slots.TryGetValue(connection, out var slot) && !slot.IsEstablished)
        {
            slot.Details = opened;
            slot.IsEstablished = true;
            EstablishedCount++;
        }
    }

    /// <summary>The connection takes no further message, and is about to end.</summary>
    public bool IsClosing(IActorRef connection) => _closing.ContainsKey(connection);

    public IActorRef? TakeIdle()
    {
        if (_idle.Count == 0)
        {
            return null;
        }

        var slot = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return slot.Connection;
    }

    public void Assign(IActorRef connection, DispatchItem item) => _slots[connection].Item = item;

    /// <summary>A delivery ended: returns its item. The connection is idle now, or closing if it cannot or may not be used again.</summary>
    public DispatchItem? Release(IActorRef connection, bool reusable, int messagesPerConnection)
    {
        if (!_slots.TryGetValue(connection, out var slot) || slot.Item is not { } item)
        {
            return null;
        }

        slot.Item = null;
        slot.Delivered++;
        if (!reusable || slot.Delivered >= messagesPerConnection)
        {
            Close(slot);
        }
        else
        {
            slot.IdleSince = time.GetTimestamp();
            _idle.Add(slot);
        }

        return item;
    }

    /// <summary>A connection has ended: returns the item that it had, if it had one.</summary>
    public DispatchItem? Remove(IActorRef connection)
    {
        _closing.Remove(connection);
        return _slots.TryGetValue(connection, out var slot) ? TakeOut(slot) : null;
    }

    /// <summary>Takes the connections that have been idle for at least <paramref name="span"/>: they are to be closed.</summary>
    public ImmutableArray<IActorRef> CloseIdle(TimeSpan span) => Close([.. _idle.Where(slot => time.GetElapsedTime(slot.IdleSince) >= span)]);

    /// <summary>Takes idle connections, longest idle first, as far as there are more than <paramref name="allowed"/>: they are to be closed.</summary>
    public ImmutableArray<IActorRef> CloseBeyond(int allowed)
    {
        // Those that are closing already are on their way to the limit.
        var surplus = Math.Min(_slots.Count - allowed, _idle.Count);
        return surplus <= 0 ? [] : Close([.. _idle.Take(surplus)]);
    }

    /// <summary>What each is doing.</summary>
    public ImmutableArray<OutboundConnectionDescription> Describe() =>
    [
        .. _slots.Values.Select(slot => slot.Describe(slot.Item is null ? "idle" : slot.IsEstablished ? "sending" : "opening")),
        .. _closing.Values.Select(slot => slot.Describe("closing")),
    ];

    private ImmutableArray<IActorRef> Close(ImmutableArray<Slot> slots)
    {
        foreach (var slot in slots)
        {
            Close(slot);
        }

        return ImmutableArray.CreateRange(slots, slot => slot.Connection);
    }

    private void Close(Slot slot)
    {
        TakeOut(slot);
        _closing.Add(slot.Connection, slot);
    }

    private DispatchItem? TakeOut(Slot slot)
    {
        _slots.Remove(slot.Connection);
        _idle.Remove(slot);
        if (slot.IsEstablished)
        {
            EstablishedCount--;
        }

        return slot.Item;
    }

    private sealed class Slot(IActorRef connection, DateTimeOffset since)
    {
        public IActorRef Connection => connection;

        public DispatchItem? Item { get; set; }

        public ConnectionOpened? Details { get; set; }

        public bool IsEstablished { get; set; }

        public int Delivered { get; set; }

        /// <summary>A timestamp of the steady clock.</summary>
        public long IdleSince { get; set; }

        public OutboundConnectionDescription Describe(string state)
            => new(Details?.ConnectionId, Details?.NextHop, state, Item?.Offer.Id, Delivered, since);
    }
}
