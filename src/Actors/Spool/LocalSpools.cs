using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Spool;

/// <summary>A spool that is open on this node.</summary>
public sealed class LocalSpool(int number, IActorRef actor)
{
    private int _count;
    private volatile bool _isOpen = true;

    /// <summary>Its number.</summary>
    public int Number => number;

    /// <summary>The SpoolActor.</summary>
    public IActorRef Actor => actor;

    /// <summary>How many messages it holds. Written by the spool, read by anyone.</summary>
    public int Count
    {
        get => Volatile.Read(ref _count);
        internal set => Volatile.Write(ref _count, value);
    }

    /// <summary>False once it has stopped or moved.</summary>
    public bool IsOpen
    {
        get => _isOpen;
        internal set => _isOpen = value;
    }
}

/// <summary>
/// The spools that are open on this node, and the one among them that accepts. Each spool in use is a commit stream of its own, and
/// streams compete for the disk: so a node accepts into one at a time (docs/adr/0002), moving on when that one has grown well past the
/// smallest. Thread-safe.
/// </summary>
public sealed class LocalSpools
{
    /// <summary>How much larger than the smallest the accepting spool may grow.</summary>
    private const int Share = 2_000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _allOpened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<int> _seen = [];
    private readonly int _total;
    private ImmutableArray<LocalSpool> _open = [];
    private LocalSpool? _accepting;

    /// <summary>Expects <paramref name="total"/> spools in the cluster.</summary>
    public LocalSpools(int total)
    {
        _total = total;
    }

    /// <summary>Completes when each spool of the cluster has been opened here once: all wanted bodies have been retained.</summary>
    public Task AllOpened => _allOpened.Task;

    /// <summary>The spools that are open here.</summary>
    public ImmutableArray<LocalSpool> Open => _open;

    /// <summary>The messages queued on this node.</summary>
    public long QueuedMessages
    {
        get
        {
            var sum = 0L;
            foreach (var spool in _open)
            {
                sum += spool.Count;
            }

            return sum;
        }
    }

    /// <summary>The spool to accept into, or null when none is open here.</summary>
    public LocalSpool? Accepting
    {
        get
        {
            var current = Volatile.Read(ref _accepting);
            if (current is { IsOpen: true } && current.Count < Share)
            {
                return current;
            }

            var smallest = _open.MinBy(spool => spool.Count);
            if (current is { IsOpen: true } && smallest is not null && current.Count <= smallest.Count + Share)
            {
                return current;
            }

            Volatile.Write(ref _accepting, smallest);
            return smallest;
        }
    }

    /// <summary>The spool with this number, if it is open here.</summary>
    public LocalSpool? Find(int number)
    {
        foreach (var spool in _open)
        {
            if (spool.Number == number)
            {
                return spool;
            }
        }

        return null;
    }

    internal void Add(LocalSpool spool)
    {
        lock (_lock)
        {
            _open = _open.Add(spool);
            _seen.Add(spool.Number);
            if (_seen.Count == _total)
            {
                _allOpened.TrySetResult();
            }
        }
    }

    internal void Remove(LocalSpool spool)
    {
        lock (_lock)
        {
            spool.IsOpen = false;
            _open = _open.Remove(spool);
        }
    }
}
