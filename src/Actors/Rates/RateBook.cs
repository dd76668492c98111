namespace MtaCluster.Actors.Rates;

/// <summary>What of their rates keys have used up. Of bounded size: keys that have used up nothing are forgotten, at no cost to anyone. For one thread.</summary>
internal sealed class RateBook(int capacity)
{
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<RateKey, TimeSpan> _usedUntil = [];
    private TimeSpan _swept = TimeSpan.MinValue;

    /// <summary>The keys that are kept.</summary>
    public int Count => _usedUntil.Count;

    /// <summary>Takes for a key. See <see cref="Pace.Take"/>.</summary>
    public (int Taken, TimeSpan RetryAfter) Take(RateKey key, Pace pace, int wanted, TimeSpan now)
    {
        if (!_usedUntil.TryGetValue(key, out var usedUntil))
        {
            usedUntil = now;
            MakeRoom(now);
        }

        var result = pace.Take(wanted, now, ref usedUntil);
        _usedUntil[key] = usedUntil;
        return result;
    }

    /// <summary>Forgets the keys that have used up nothing.</summary>
    public void Sweep(TimeSpan now)
    {
        _swept = now;
        foreach (var (key, usedUntil) in _usedUntil)
        {
            if (usedUntil <= now)
            {
                _usedUntil.Remove(key);
            }
        }
    }

    // A sweep of the whole book for each new key would be an attack's lever: between two sweeps, those that come when it is full push each other out.
    private void MakeRoom(TimeSpan now)
    {
        if (_usedUntil.Count < capacity)
        {
            return;
        }

        if (_swept == TimeSpan.MinValue || now - _swept >= s_sweepInterval)
        {
            Sweep(now);
        }

        if (_usedUntil.Count >= capacity)
        {
            using var first = _usedUntil.GetEnumerator();
            first.MoveNext();
            _usedUntil.Remove(first.Current.Key);
        }
    }
}
