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
    public bool Holds(ImmutableArray<object> events, Action<WriteFault> release)
    {
        if (!_isClosed)
        {
            return false;
        }

        _held.Enqueue(new Write(events, release));
        _arrived.Release();
        return true;
    }

    public sealed record Write(ImmutableArray<object> Events, Action<WriteFault> Release)
    {
        public void LetThrough() => Release(WriteFault.None);

        public void Fail() => Release(WriteFault.NotWritten);

        /// <summary>Writes, and loses the reply.</summary>
        public void FailAfterwards() => Release(WriteFault.ReplyLost);
    }
}

internal enum WriteFault
{
    None,
    NotWritten,
    ReplyLost,
}

/// <summary>The SQL journal with a <see cref="JournalGate"/> before it.</summary>
public sealed class GatedSqlJournal(Config config) : SqlWriteJournal(config)
{
    private readonly JournalGate _gate = JournalGate.Of(Context.System);
    private WriteFault _fault;

    protected override bool AroundReceive(Receive receive, object message)
    {
        switch (message)
        {
            case WriteMessages write when _gate.Holds(EventsOf(write), Release(write)):
                return true;
            case Released released:
                _fault = released.Fault;
                return base.AroundReceive(receive, released.Write);
            default:
                return base.AroundReceive(receive, message);
        }
    }

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var fault = _fault;
        _fault = WriteFault.None;
        var written = fault == WriteFault.NotWritten ? ImmutableList<Exception>.Empty : await base.WriteMessagesAsync(messages, cancellationToken);
        return fault == WriteFault.None ? written : throw new IOException("the disk is full");
    }

    private Action<WriteFault> Release(WriteMessages write)
    {
        var (self, sender) = (Self, Sender);
        return fault => self.Tell(new Released(write, fault), sender);
    }

    private static ImmutableArray<object> EventsOf(WriteMessages write) =>
    [
        .. write.Messages.OfType<AtomicWrite>().SelectMany(atomic => (IEnumerable<IPersistentRepresentation>)atomic.Payload).Select(e => e.Payload),
    ];

    private sealed record Released(WriteMessages Write, WriteFault Fault) : INoSerializationVerificationNeeded;
}
