using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// Owns a slice of the queue: every message whose id names this spool, from the moment it is accepted until each of its recipients
/// is delivered or bounced. A fixed number of spools is sharded over the cluster; a spool is what another node takes over.
/// </summary>
/// <remarks>
/// <para>
/// Group commit: while one journal write is under way, transitions gather; then they are written together as one
/// <see cref="SpoolEvent"/>. Callers are answered in the persist handler, never before: that handler is where a message becomes
/// durable, and with it the 250 of its client becomes true.
/// </para>
/// <para>
/// Survives: a crash anywhere. Recovery applies events only; then <see cref="SpoolTransition.Opened"/> is written, which fails if
/// another incarnation owns the spool, and only then does work begin. A failed write stops the actor: those who wait for it
/// are refused, or in doubt until the next incarnation knows (docs/adr/0012), which the next <see cref="EnsureSpoolStarted"/> begins.
/// </para>
/// <code>
/// recovering ──► opening (Opened is being written) ──► open ──► stopping (StopSpool: deliveries under way end, the last group is written) ──► stopped
///                                                       └ accepts at once; delivers once it has heard what other nodes delivered for the owner before
/// </code>
/// </remarks>
internal sealed partial class SpoolActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>How many messages may have a MessageActor at once: a bound on memory, far above what destinations hold ready.</summary>
    private const int MaximumInHand = 20_000;

    private const int Burst = 200;

    /// <summary>
    /// How long after its receipt a message may still be accepted. The message store relies on it: what is older and belongs to no message never will.
    /// </summary>
    private static readonly TimeSpan s_acceptWithin = TimeSpan.FromMinutes(5);

    private readonly SpoolServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SpoolState _state = new();
    private readonly SpoolAgenda _agenda;
    private readonly FinishedMessages _finished = new();
    private readonly int _number;
    private readonly Dictionary<QueueId, IActorRef> _workers = [];
    private readonly LocalSpool _local;
    private bool _open;

    public SpoolActor(int number, SpoolServices services)
    {
        _number = number;
        _services = services;
        PersistenceId = SpoolSharding.PersistenceIdOf(number);
        JournalPluginId = services.JournalPluginId(number);
        SnapshotPluginId = services.SnapshotPluginId(number);
        _agenda = new SpoolAgenda(services.Schedule, Now);
        _local = new LocalSpool(number, Self);
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => _services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case EnqueueMessage enqueue:
                Enqueue(enqueue);
                break;
            case RecordAttempt record:
                Record(record);
                break;
            case MessageIdle idle:
                Idle(idle);
                break;
            case AttemptAborted aborted:
                Abort(aborted);
                break;
            case MailDemand demand:
                Supply(demand);
                break;
            case EgressChanged:
                _agenda.MakeParkedDue(_state.Messages);
                Pump();
                break;
            case WithdrawMessage withdraw:
                Withdraw(withdraw);
                break;
            case LeftOutcome left:
                Inherit(left);
                break;
            case OutcomesClaimed claimed:
                Claimed(claimed);
                break;
            case Rested:
                EndRest();
                break;
            case SpoolTick:
                Tick();
                break;
            case EnsureSpoolStarted { Confirm: true }:
                Sender.Tell(new SpoolStarted(_number));
                break;
            case EnsureSpoolStarted:
                break;
            case PumpMore:
                Pump();
                break;
            case StopSpool:
                Stop();
                break;
            case StopOverdue:
                Context.Stop(Self);
                break;
            case LookAtJournal:
                LookIfIdle();
                break;
            case JournalHead head:
                Compare(head);
                break;
            case ISpoolCommand query when Answer(query):
                break;
            default:
                OnJournalMessage(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _services.LocalSpools.Remove(_local);
        base.PostStop();
        if (_stopping)
        {
            _services.Moves.Tell(new SpoolMoved(_number));
        }
    }

    // The original's outcomes and the acceptance of the DSNs gather together, so they are one event: a report is made exactly once.
    private void Record(RecordAttempt record)
    {
        if (_state.Find(record.Id) is null)
        {
            Acknowledge(record, Sender);
            return;
        }

        foreach (var report in record.Reports)
        {
            _gathering.Add(Accepted(report));
        }

        if (record.DelayWarned)
        {
            _gathering.Add(new SpoolTransition.DelayWarned(record.Id));
        }

        _gathering.Add(new SpoolTransition.Attempted(record.Id, record.Recipients), Sender, record);
        WriteIfIdle();
    }

    private void Idle(MessageIdle idle)
    {
        if (_state.Find(idle.Id) is not { InHand: true } message)
        {
            return;
        }

        Release(message);
        foreach (var target in idle.ParkedAt)
        {
            if (_agenda.Park(target.Key, message))
            {
                _services.Egress.Tell(new MailParked(target, Self));
            }
        }

        PutDown(message);
    }

    private void Abort(AttemptAborted aborted)
    {
        // A worker that was stopped on purpose says this too, but by then it is not the message's worker any more.
        if (_workers.TryGetValue(aborted.Id, out var worker) && worker.Equals(Sender) && _state.Find(aborted.Id) is { } message)
        {
            _workers.Remove(aborted.Id);
            _log.Error("Work on message {0} was aborted; it is tried again later", aborted.Id);
            message.Postpone(Now + (long)_services.Schedule.Initial.TotalMilliseconds);
            PutDown(message);
        }
    }

    private void Supply(MailDemand demand)
    {
        var count = 0;
        while (count < demand.Count && _agenda.TakeParked(demand.Destination) is { } message)
        {
            _agenda.MakeDue(message);
            count++;
        }

        Sender.Tell(new MailSupplied(count, _agenda.HasParked(demand.Destination)));
        Pump();
    }

    private void Tick()
    {
        _agenda.Advance(Now);
        Pump();
    }

    private void Finish(QueuedMessage message)
    {
        _services.Store.Release(message.Body);
        Release(message);
        _agenda.Forget(message);
        ForgetInherited(message.Id);
        var clientGone = Now - (long)s_acceptWithin.TotalMilliseconds;
        _finished.Forget(clientGone);
        if (message.IsUnsureToClient && message.ReceivedAtMilliseconds >= clientGone)
        {
            _finished.Add(message.Id, message.ReceivedAtMilliseconds);
        }
    }

    private void Release(QueuedMessage message)
    {
        if (_workers.Remove(message.Id, out var worker))
        {
            Context.Stop(worker);
        }
    }

    private void PutDown(QueuedMessage message)
    {
        _agenda.PutDown(message, Now);
        if (_inherited.ContainsKey(message.Id))
        {
            _agenda.MakeDue(message);
        }

        Pump();
        StopIfWritten();
    }

    private void Pump()
    {
        // Once it stops, what begins here would only be begun again by the next owner; before it knows what was delivered elsewhere, it would be delivered twice.
        if (!_open || _stopping || _claiming)
        {
            return;
        }

        // In bursts, so that after a start with a long queue what comes back is taken in between.
        for (var started = 0; _agenda.InHand < MaximumInHand && _agenda.TakeDue() is { } message; started++)
        {
            if (PutDownIfUnderWayElsewhere(message))
            {
                continue;
            }

            _workers.Add(message.Id, Context.ActorOf(MessageActor.Props(TakeInHand(message), _services)));
            if (started >= Burst)
            {
                Self.Tell(PumpMore.Instance);
                break;
            }
        }

        if (_agenda.NeedsTicks != Timers.IsTimerActive(nameof(SpoolTick)))
        {
            if (_agenda.NeedsTicks)
            {
                var tick = TimeSpan.FromMilliseconds(TimerWheel.TickMilliseconds);
                Timers.StartPeriodicTimer(nameof(SpoolTick), SpoolTick.Instance, tick, tick);
            }
            else
            {
                Timers.Cancel(nameof(SpoolTick));
            }
        }
    }

    private sealed record PumpMore : INoSerializationVerificationNeeded
    {
        public static readonly PumpMore Instance = new();
    }

    private sealed record LookAtJournal : INoSerializationVerificationNeeded
    {
        public static readonly LookAtJournal Instance = new();
    }

    private sealed record SpoolTick : INoSerializationVerificationNeeded
    {
        public static readonly SpoolTick Instance = new();
    }
}
