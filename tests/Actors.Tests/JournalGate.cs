using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql.Journal;

namespace MtaCluster.Actors.Tests;

/// <summary>Holds the writes of an actor system's journal until a test lets them through or makes them fail.</summary>
internal sealed class JournalGate
{
    private static readonly ConditionalWeakTable<ActorSystem, JournalGate> s_gates = [];
    private readonly ConcurrentQueue<Write> _held = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private volatile bool _isClosed;

    public static JournalGate Of(ActorSystem system) => s_gates.GetValue(system, _ => new JournalGate());

    /// <summary>Holds all writes from now on, until each is let through.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Holds no more.</summary>
    public void Open() => _isClosed = false;

    /// <summary>The next write that is held, once it is there.</summary>
    public async Task<Write> HeldAsync(CancellationToken ct)
    {
        if (!await _arrived.WaitAsync(TimeSpan.FromSeconds(30), ct))
        {
            throw new TimeoutException("no write came");
        }

        return _held.TryDequeue(out var write) ? write : throw new InvalidOperationException("a write vanished");
    }

    /// <summary>Keeps a write of these events to itself if the gate is closed.</summary>
    public bool Holds(ImmutableArray<object> events, Action<Exception?> release)
    {
        if (!_isClosed)
        {
            return false;
        }

        _held.Enqueue(new Write(events, release));
        _arrived.Release();
        return true;
    }

    public sealed record Write(ImmutableArray<object> Events, Action<Exception?> Release)
    {
        public void LetThrough() => Release(null);

        public void Fail() => Release(new IOException("the disk is full"));
    }
}

/// <summary>The SQL journal with a <see cref="JournalGate"/> before it.</summary>
public sealed class GatedSqlJournal(Config config) : SqlWriteJournal(config)
{
    private readonly JournalGate _gate = JournalGate.Of(Context.System);
    private Exception? _failure;

    protected override bool AroundReceive(Receive receive, object message)
    {
        switch (message)
        {
            case WriteMessages write when _gate.Holds(EventsOf(write), Release(write)):
                return true;
            case Released released:
                _failure = released.Failure;
                return base.AroundReceive(receive, released.Write);
            default:
                return base.AroundReceive(receive, message);
        }
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var failure = _failure;
        _failure = null;
        return failure is null ? base.WriteMessagesAsync(messages, cancellationToken) : Task.FromException<IImmutableList<Exception>>(failure);
    }

    private Action<Exception?> Release(WriteMessages write)
    {
        var (self, sender) = (Self, Sender);
        return failure => self.Tell(new Released(write, failure), sender);
    }

    private static ImmutableArray<object> EventsOf(WriteMessages write) =>
    [
        .. write.Messages.OfType<AtomicWrite>().SelectMany(atomic => (IEnumerable<IPersistentRepresentation>)atomic.Payload).Select(e => e.Payload),
    ];

    private sealed record Released(WriteMessages Write, Exception? Failure) : INoSerializationVerificationNeeded;
}
