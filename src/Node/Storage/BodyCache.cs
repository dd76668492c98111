using System.Diagnostics.CodeAnalysis;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage;

/// <summary>
/// The bodies written last, for the deliveries that follow: a bounded number of octets, the oldest leaving first. Not by last
/// use: a body is mostly read once, soon after it was written, and then released.
/// </summary>
internal sealed class BodyCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BodyRef, LinkedListNode<(BodyRef Key, BodyBuffer Buffer)>> _entries = [];
    private readonly LinkedList<(BodyRef Key, BodyBuffer Buffer)> _byAge = new();
    private readonly long _capacity;
    private long _octets;

    /// <param name="capacity">Octets of memory; 0 for no cache.</param>
    public BodyCache(long capacity) => _capacity = capacity;

    /// <summary>Octets of memory held now.</summary>
    public long Octets
    {
        get
        {
            lock (_lock)
            {
                return _octets;
            }
        }
    }

    /// <summary>Takes over the caller's reference to a body.</summary>
    public void Add(BodyRef key, BodyBuffer buffer)
    {
        lock (_lock)
        {
            if (buffer.Footprint > _capacity)
            {
                buffer.Release();
                return;
            }

            while (_octets + buffer.Footprint > _capacity)
            {
                Remove(_byAge.First!);
            }

            _entries[key] = _byAge.AddLast((key, buffer));
            _octets += buffer.Footprint;
        }
    }

    /// <summary>Finds a body, and takes a reference that the caller must release.</summary>
    public bool TryAcquire(BodyRef key, [NotNullWhen(true)] out BodyBuffer? buffer)
    {
        lock (_lock)
        {
            buffer = _entries.TryGetValue(key, out var node) && node.Value.Buffer.TryAcquire() ? node.Value.Buffer : null;
            return buffer is not null;
        }
    }

    /// <summary>Drops a body, if it is here.</summary>
    public void Remove(BodyRef key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var node))
            {
                Remove(node);
            }
        }
    }

    private void Remove(LinkedListNode<(BodyRef Key, BodyBuffer Buffer)> node)
    {
        _byAge.Remove(node);
        _entries.Remove(node.Value.Key);
        _octets -= node.Value.Buffer.Footprint;
        node.Value.Buffer.Release();
    }
}
