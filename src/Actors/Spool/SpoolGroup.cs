using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Spool;

/// <summary>Transitions that are written as one event, each with whom to answer once they are durable.</summary>
internal sealed class SpoolGroup
{
    private readonly List<Entry> _entries = [];

    public bool IsEmpty => _entries.Count == 0;

    public IReadOnlyList<Entry> Entries => _entries;

    public void Add(SpoolTransition transition, IActorRef? replyTo = null, RecordAttempt? attempt = null)
        => _entries.Add(new Entry(transition, replyTo, attempt));

    /// <summary>Whether it accepts this message.</summary>
    public bool Accepts(QueueId id) => IndexOf(id) >= 0;

    /// <summary>Takes the acceptance of a message out; false if there is none.</summary>
    public bool Withdraw(QueueId id)
    {
        var index = IndexOf(id);
        if (index >= 0)
        {
            _entries.RemoveAt(index);
        }

        return index >= 0;
    }

    private int IndexOf(QueueId id) => _entries.FindIndex(entry => entry.Transition is SpoolTransition.Accepted accepted && accepted.Id == id);

    public SpoolEvent ToEvent()
    {
        var transitions = ImmutableArray.CreateBuilder<SpoolTransition>(_entries.Count);
        foreach (var entry in _entries)
        {
            transitions.Add(entry.Transition);
        }

        return new SpoolEvent(transitions.MoveToImmutable());
    }

    public readonly record struct Entry(SpoolTransition Transition, IActorRef? ReplyTo, RecordAttempt? Attempt);
}
