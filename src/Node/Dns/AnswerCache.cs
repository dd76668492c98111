using System.Collections.Concurrent;

namespace MtaCluster.Node.Dns;

/// <summary>
/// Answers by name, for as long as each may be kept; of a bounded number, the oldest leaving first. A name that many ask for at once
/// is looked up once. An answer that is here costs one dictionary look-up.
/// </summary>
internal sealed class AnswerCache<T>
    where T : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Entry>>> _flights = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Name, Entry Entry)> _byAge = new();
    private readonly Func<string, Task<(T Answer, TimeSpan Ttl)>> _lookUp;
    private readonly Func<string, Lazy<Task<Entry>>> _start;
    private readonly TimeProvider _time;
    private readonly int _capacity;

    /// <param name="lookUp">Finds an answer, and how long to keep it. Never fails.</param>
    /// <param name="capacity">Answers kept.</param>
    /// <param name="time">The clock.</param>
    public AnswerCache(Func<string, Task<(T Answer, TimeSpan Ttl)>> lookUp, int capacity, TimeProvider time)
    {
        _lookUp = lookUp;
        _capacity = capacity;
        _time = time;
        _start = name => new Lazy<Task<Entry>>(() => FlyAsync(name));
    }

    /// <summary>Answers kept now, among them such as have expired and were not asked for again.</summary>
    public int Count => _entries.Count;

    /// <summary>The answer for a name.</summary>
    public ValueTask<T> GetAsync(string name, CancellationToken cancellationToken) =>
        _entries.TryGetValue(name, out var entry) && entry.ExpiresAt > _time.GetTimestamp()
            ? ValueTask.FromResult(entry.Answer)
            : new ValueTask<T>(JoinAsync(name, cancellationToken));

    /// <summary>The answer for a name, and how long it holds from now on.</summary>
    public async Task<(T Answer, TimeSpan Ttl)> GetWithTtlAsync(string name)
    {
        if (!_entries.TryGetValue(name, out var entry) || entry.ExpiresAt <= _time.GetTimestamp())
        {
            entry = await _flights.GetOrAdd(name, _start).Value.ConfigureAwait(false);
        }

        return (entry.Answer, _time.GetElapsedTime(_time.GetTimestamp(), entry.ExpiresAt));
    }

    private async Task<T> JoinAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var flight = _flights.GetOrAdd(name, _start).Value;

        // A caller that gives up leaves the look-up to the others.
        return (await flight.WaitAsync(cancellationToken).ConfigureAwait(false)).Answer;
    }

    private async Task<Entry> FlyAsync(string name)
    {
        try
        {
            var (answer, ttl) = await _lookUp(name).ConfigureAwait(false);
            var entry = new Entry(answer, _time.GetTimestamp() + (long)(ttl.TotalSeconds * _time.TimestampFrequency));
            _entries[name] = entry;
            _byAge.Enqueue((name, entry));
            Trim();
            return entry;
        }
        finally
        {
            _flights.TryRemove(name, out _);
        }
    }

    private void Trim()
    {
        // Entries that were replaced are in the queue still, and leave it like the others.
        while ((_entries.Count > _capacity || _byAge.Count > 2 * _capacity) && _byAge.TryDequeue(out var oldest))
        {
            _entries.TryRemove(KeyValuePair.Create(oldest.Name, oldest.Entry));
        }
    }

    private sealed class Entry(T answer, long expiresAt)
    {
        public T Answer { get; } = answer;

        public long ExpiresAt { get; } = expiresAt;
    }
}
