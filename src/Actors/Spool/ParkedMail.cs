using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// The messages of a spool that wait for room at a destination, by priority, and oldest first: a destination that is down, backed off or already has
/// enough ready on this node costs its messages no attempts, and they cost nothing but this entry. Not durable: after a restart they are
/// due at once, and park again.
/// </summary>
internal sealed class ParkedMail
{
    private readonly Dictionary<DestinationKey, PriorityLanes<Queue<QueuedMessage>>> _byDestination = [];

    /// <summary>Adds a message; true if it is the first for its destination.</summary>
    public bool Add(DestinationKey destination, QueuedMessage message)
    {
        var isFirst = false;
        if (!_byDestination.TryGetValue(destination, out var lanes))
        {
            _byDestination.Add(destination, lanes = new PriorityLanes<Queue<QueuedMessage>>(
                static () => new Queue<QueuedMessage>(1),
                static lane => lane.Count == 0,
                static (lane, other) => lane.Peek().ReceivedAtMilliseconds < other.Peek().ReceivedAtMilliseconds));
            isFirst = true;
        }

        message.Parked = true;
        lanes.Of(message.Priority).Enqueue(message);
        return isFirst;
    }

    /// <summary>Takes the next message that still waits, or null when none does.</summary>
    public QueuedMessage? Take(DestinationKey destination)
    {
        if (!_byDestination.TryGetValue(destination, out var lanes))
        {
            return null;
        }

        while (lanes.Next() is { } lane)
        {
            // Entries of messages that went on meanwhile (another destination took them, they expired) are dropped here.
            var message = lane.Dequeue();
            if (message is { Parked: true, InHand: false, IsFinished: false })
            {
                message.Parked = false;
                return message;
            }
        }

        _byDestination.Remove(destination);
        return null;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _byDestination.Clear();

    /// <summary>Whether entries are left for a destination.</summary>
    public bool Has(DestinationKey destination) => _byDestination.ContainsKey(destination);

    /// <summary>The destinations for which entries are left.</summary>
    public IEnumerable<DestinationKey> Destinations => _byDestination.Keys;
}
