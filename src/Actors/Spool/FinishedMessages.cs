namespace MtaCluster.Actors.Spool;

/// <summary>
/// Messages that are finished, though their client may not have heard yet that they were taken: while it may ask, the answer must not be that they
/// were not. Bounded in number and, by the time of their receipt, in age.
/// </summary>
internal sealed class FinishedMessages
{
    private const int MaximumCount = 50_000;

    private readonly HashSet<QueueId> _ids = [];
    private readonly Queue<(QueueId Id, long ReceivedAt)> _byEnd = new();

    public int Count => _ids.Count;

    public bool Contains(QueueId id) => _ids.Contains(id);

    /// <summary>Notes a message.</summary>
    public void Add(QueueId id, long receivedAtMilliseconds)
    {
        if (!_ids.Add(id))
        {
            return;
        }

        _byEnd.Enqueue((id, receivedAtMilliseconds));
        if (_byEnd.Count > MaximumCount)
        {
            _ids.Remove(_byEnd.Dequeue().Id);
        }
    }

    /// <summary>Forgets those that were received before a time, as far as they ended first.</summary>
    public void Forget(long receivedBeforeMilliseconds)
    {
        while (_byEnd.TryPeek(out var first) && first.ReceivedAt < receivedBeforeMilliseconds)
        {
            _ids.Remove(_byEnd.Dequeue().Id);
        }
    }
}
