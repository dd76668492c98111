using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MtaCluster.Actors.Storage;

/// <summary>
/// Whether what must be durable can be made durable now. While it cannot, clients are told 4xx before they send their message, and no
/// delivery begins whose outcome could not be recorded. Each part of the store reports for itself. Thread-safe.
/// </summary>
public sealed class StoreHealth
{
    private readonly ConcurrentDictionary<string, string> _troubles = new(StringComparer.Ordinal);

    /// <summary>Everything can be made durable.</summary>
    public bool IsGood => _troubles.IsEmpty;

    /// <summary>What is wrong, a line for each part in trouble.</summary>
    public ImmutableArray<string> Troubles => [.. _troubles.OrderBy(trouble => trouble.Key, StringComparer.Ordinal).Select(trouble => $"{trouble.Key}: {trouble.Value}")];

    /// <summary>A part of the store is in trouble.</summary>
    public void Bad(string part, string reason) => _troubles[part] = reason;

    /// <summary>A part of the store works.</summary>
    public void Good(string part) => _troubles.TryRemove(part, out _);
}
