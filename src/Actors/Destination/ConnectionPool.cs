using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>The outbound connections of a dispatcher: what each is doing, and which are free. The most recently used is used first, so that the others can go.</summary>
internal sealed class ConnectionPool
{
    private readonly Dictionary<IActorRef, Slot> _slots = [];
    private readonly List<Slot> _idle = [];
    private readonly HashSet<IActorRef> _closing = [];

    /// <summary>All that the peer may count: also those being opened, and those being closed.</summary>
    public int Count => _slots.Count + _closing.Count;

    /// <summary>Those that a peer has taken.</summary>
    public int EstablishedCount { get; private set; }

    public void Add(IActorRef connection, DispatchItem item) => _slots.Add(connection, new Slot(connection) { Item = item });

    public void Opened(IActorRef connection)
    {
        if (_slots.TryGetValue(connection, out var slot) && !slot.IsEstablished)
        {
            slot.IsEstablished = true;
            EstablishedCount++;
        }
    }

    /// <summary>The connection takes no further message, and is about to end.</summary>
    public bool IsClosing(IActorRef connection) => _closing.Contains(connection);

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
        if (!reusable || ++slot.Delivered >= messagesPerConnection)
        {
            Close(connection);
        }
        else
        {
            slot.IdleSince = Environment.TickCount64;
            _idle.Add(slot);
        }

        return item;
    }

    /// <summary>A connection has ended: returns the item that it had, if it had one.</summary>
    public DispatchItem? Remove(IActorRef connection)
    {
        _closing.Remove(connection);
        if (!_slots.Remove(connection, out var slot))
        {
            return null;
        }

        if (slot.IsEstablished)
        {
            EstablishedCount--;
        }

        _idle.Remove(slot);
        return slot.Item;
    }

    /// <summary>Takes the connections that have been idle for at least <paramref name="time"/>: they are to be closed.</summary>
    public ImmutableArray<IActorRef> CloseIdle(TimeSpan time)
    {
        var before = Environment.TickCount64 - (long)time.TotalMilliseconds;
        ImmutableArray<IActorRef> old = [.. _idle.Where(slot => slot.IdleSince <= before).Select(slot => slot.Connection)];
        foreach (var connection in old)
        {
            Close(connection);
        }

        return old;
    }

    /// <summary>Takes idle connections, longest idle first, as far as there are more than <paramref name="allowed"/>: they are to be closed.</summary>
    public ImmutableArray<IActorRef> CloseBeyond(int allowed)
    {
        // Those that are closing already are on their way to the limit.
        var surplus = Math.Min(_slots.Count - allowed, _idle.Count);
        if (surplus <= 0)
        {
            return [];
        }

        ImmutableArray<IActorRef> closing = [.. _idle.Take(surplus).Select(slot => slot.Connection)];
        foreach (var connection in closing)
        {
            Close(connection);
        }

        return closing;
    }

    private void Close(IActorRef connection)
    {
        Remove(connection);
        _closing.Add(connection);
    }

    private sealed class Slot(IActorRef connection)
    {
        public IActorRef Connection => connection;

        public DispatchItem? Item { get; set; }

        public bool IsEstablished { get; set; }

        public int Delivered { get; set; }

        public long IdleSince { get; set; }
    }
}
