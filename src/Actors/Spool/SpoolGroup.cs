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
