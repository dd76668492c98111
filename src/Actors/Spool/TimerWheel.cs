namespace MtaCluster.Actors.Spool;

/// <summary>Something a <see cref="TimerWheel"/> can hold. Intrusive: a waiting item costs no allocation of its own.</summary>
public abstract class TimerWheelNode
{
    internal TimerWheelNode? Previous;
    internal TimerWheelNode? Next;
    internal long DueTick = NotScheduled;

    internal const long NotScheduled = -1;

    /// <summary>The node is in a wheel.</summary>
    public bool IsScheduled => DueTick != NotScheduled;
}

/// <summary>
/// A hierarchical timing wheel: schedules, cancels and expires in constant time, whatever the number of items. Five levels of 64 slots;
/// an item moves down a level when its slot comes up, so it moves four times at the most. Time is given from outside, in milliseconds;
/// an item fires at the first <see cref="Advance"/> at or after its due time, rounded up to the next tick. One due beyond the wheel's
/// horizon of three years fires at the horizon.
/// </summary>
/// <remarks>G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 7. Not thread-safe: its actor owns it.</remarks>
public sealed class TimerWheel
{
    /// <summary>The length of a tick.</summary>
    public const long TickMilliseconds = 100;

    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const int Levels = 5;
    private const long Horizon = (1L << (SlotBits * Levels)) - (1L << (SlotBits * (Levels - 1)));

    private readonly TimerWheelNode?[] _slots = new TimerWheelNode?[Slots * Levels];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _currentTick;

    /// <summary>A wheel whose time begins at <paramref name="nowMilliseconds"/>.</summary>
    public TimerWheel(long nowMilliseconds)
    {
        _currentTick = nowMilliseconds / TickMilliseconds;
    }

    /// <summary>The number of items in the wheel.</summary>
    public int Count { get; private set; }

    /// <summary>Puts an item in, or moves it. A due time in the past fires at the next tick.</summary>
    public void Schedule(TimerWheelNode node, long dueMilliseconds)
    {
        Cancel(node);
        var due = (dueMilliseconds / TickMilliseconds) + (dueMilliseconds % TickMilliseconds > 0 ? 1 : 0);
        node.DueTick = Math.Clamp(due, _currentTick + 1, _currentTick + Horizon);
        Link(node);
        Count++;
    }

    /// <summary>Takes an item out; harmless if it is not in.</summary>
    public void Cancel(TimerWheelNode node)
    {
        if (!node.IsScheduled)
        {
            return;
        }

        if (node.Next is { } next)
        {
            next.Previous = node.Previous;
        }

        if (node.Previous is { } previous)
        {
            previous.Next = node.Next;
        }
        else
        {
            UnlinkHead(node);
        }

        node.Previous = node.Next = null;
        node.DueTick = TimerWheelNode.NotScheduled;
        Count--;
    }

    /// <summary>Moves time on and adds every item that has come due to <paramref name="expired"/>, by tick; they are out of the wheel then.</summary>
    public void Advance(long nowMilliseconds, ICollection<TimerWheelNode> expired)
    {
        var target = nowMilliseconds / TickMilliseconds;
        while (_currentTick < target)
        {
            if (Count == 0)
            {
                _currentTick = target;
                return;
            }

            _currentTick = NextInterestingTick(target);
            Cascade();
            Expire((int)(_currentTick & (Slots - 1)), expired);
        }
    }

    // Empty stretches of the lowest level are skipped in one step: to the next occupied slot or the next wrap, whichever comes first.
    private long NextInterestingTick(long target)
    {
        var slot = (int)((_currentTick + 1) & (Slots - 1));
        if (slot == 0)
        {
            return _currentTick + 1;
        }

        var ahead = _occupied[0] >> slot;
        var next = ahead == 0
            ? ((_currentTick >> SlotBits) + 1) << SlotBits
            : _currentTick + 1 + System.Numerics.BitOperations.TrailingZeroCount(ahead);
        return Math.Min(next, target);
    }

    private void Cascade()
    {
        for (var level = 1; level < Levels; level++)
        {
            if ((_currentTick & ((1L << (SlotBits * level)) - 1)) != 0)
            {
                return;
            }

            var slot = SlotOf(_currentTick, level);
            var node = TakeSlot(level, slot);
            while (node is not null)
            {
                var next = node.Next;
                Link(node);
                node = next;
            }
        }
    }

    private void Expire(int slot, ICollection<TimerWheelNode> expired)
    {
        var node = TakeSlot(0, slot);
        while (node is not null)
        {
            var next = node.Next;
            node.Previous = node.Next = null;
            node.DueTick = TimerWheelNode.NotScheduled;
            Count--;
            expired.Add(node);
            node = next;
        }
    }

    private TimerWheelNode? TakeSlot(int level, int slot)
    {
        ref var head = ref _slots[(level * Slots) + slot];
        var node = head;
        head = null;
        _occupied[level] &= ~(1UL << slot);
        return node;
    }

    private void Link(TimerWheelNode node)
    {
        var (level, slot) = Place(node.DueTick);
        ref var head = ref _slots[(level * Slots) + slot];
        node.Previous = null;
        node.Next = head;
        if (head is not null)
        {
            head.Previous = node;
        }

        head = node;
        _occupied[level] |= 1UL << slot;
    }

    private void UnlinkHead(TimerWheelNode node)
    {
        // A node keeps the level it had when it was linked, which is not recorded: it heads at most one of these five lists.
        for (var level = 0; level < Levels; level++)
        {
            if (UnlinkHeadAt(node, level, SlotOf(node.DueTick, level)))
            {
                return;
            }
        }
    }

    private bool UnlinkHeadAt(TimerWheelNode node, int level, int slot)
    {
        ref var head = ref _slots[(level * Slots) + slot];
        if (!ReferenceEquals(head, node))
        {
            return false;
        }

        head = node.Next;
        if (head is null)
        {
            _occupied[level] &= ~(1UL << slot);
        }

        return true;
    }

    // The lowest level on which the due tick and the current one share all higher bits.
    private (int Level, int Slot) Place(long due)
    {
        var level = 0;
        while (level < Levels - 1 && due >> (SlotBits * (level + 1)) != _currentTick >> (SlotBits * (level + 1)))
        {
            level++;
        }

        return (level, SlotOf(due, level));
    }

    private static int SlotOf(long tick, int level) => (int)((tick >> (SlotBits * level)) & (Slots - 1));
}
