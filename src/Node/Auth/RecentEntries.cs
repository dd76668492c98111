using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Node.Auth;

/// <summary>So many entries at most; the one that was used longest ago makes room. Not for several threads at once.</summary>
internal sealed class RecentEntries<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _entries = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byUse = new();

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count;

    /// <summary>The value of a key, which is used by that.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_entries.TryGetValue(key, out var node))
        {
            value = default;
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Sets the value of a key.</summary>
    public void Set(TKey key, TValue value)
    {
        Remove(key);
        if (_entries.Count == capacity)
        {
            _entries.Remove(_byUse.Last!.Value.Key);
            _byUse.RemoveLast();
        }

        _entries.Add(key, _byUse.AddFirst((key, value)));
    }

    /// <summary>Forgets a key.</summary>
    public void Remove(TKey key)
    {
        if (_entries.Remove(key, out var node))
        {
            _byUse.Remove(node);
        }
    }
}
