using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
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
/// another incarnation owns the spool, and only then does work begin. A failed write stops the actor: its callers get 451, and the
/// next <see cref="EnsureSpoolStarted"/> begins a new incarnation.
/// </para>
/// <code>
/// recovering ──► opening (Opened is being written) ──► open ──► stopping (StopSpool: the last group is being written) ──► stopped
/// </code>
/// </remarks>
internal sealed partial class SpoolActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>How many messages may have a MessageActor at once: a bound on memory, far above what destinations hold ready.</summary>
    private const int MaximumInHand = 20_000;

    private const int Burst = 200;

    private const int MaximumWithdrawn = 10_000;

    private static readonly SmtpReply s_notTaken = new(451, new EnhancedStatusCode(4, 3, 0), "Message was not stored in time, try again later");
    private static readonly SmtpReply s_stopping = new(451, new EnhancedStatusCode(4, 3, 2), "Queue is moving, try again later");

    private readonly SpoolServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SpoolState _state = new();
    private readonly SpoolAgenda _agenda;
    private readonly HashSet<QueueId> _withdrawn = [];
    private readonly Dictionary<QueueId, IActorRef> _workers = [];
    private readonly LocalSpool _local;
    private bool _open;
    private bool _stopping;

    public SpoolActor(int number, SpoolServices services)
    {
        _services = services;
        PersistenceId = SpoolSharding.PersistenceIdOf(number);
        JournalPluginId = services.JournalPluginId;
        SnapshotPluginId = services.SnapshotPluginId;
        _agenda = new SpoolAgenda(services.Schedule, Now);
        _local = new LocalSpool(number, Self);
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => _services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: SpoolSnapshot snapshot }:
                snapshot.RestoreTo(_state);
                break;
            case SpoolEvent e:
                foreach (var transition in e.Transitions)
                {
                    _state.Apply(transition);
                }

                _transitionsSinceSnapshot += e.Transitions.Length;
                break;
            case RecoveryCompleted:
                Open();
                break;
        }
    }

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
            case WithdrawMessage withdraw:
                Withdraw(withdraw);
                break;
            case SpoolTick:
                Tick();
                break;
            case EnsureSpoolStarted:
                break;
            case PumpMore:
                Pump();
                break;
            case StopSpool:
                Stop();
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
    }

    private void Open()
    {
        foreach (var message in _state.Messages)
        {
            _services.Store.Retain(message.Body);
        }

        Gather(new SpoolTransition.Opened(_services.NodeName, _services.Time.GetUtcNow()));
    }

    private void Opened()
    {
        _open = true;
        var now = Now;
        foreach (var message in _state.Messages)
        {
            _agenda.Plan(message, now);
        }

        _local.Count = _state.Count;
        _services.LocalSpools.Add(_local);
        Stash.UnstashAll();
        _log.Debug("{0} is open with {1} messages", PersistenceId, _state.Count);
        Pump();
    }

    private void Enqueue(EnqueueMessage command)
    {
        var message = command.Message;
        if (_stopping)
        {
            Sender.Tell(new EnqueueRefused(message.Id, s_stopping));
        }
        else if (_withdrawn.Remove(message.Id))
        {
            Sender.Tell(new EnqueueRefused(message.Id, s_notTaken));
        }
        else if (_state.Find(message.Id) is not null)
        {
            Sender.Tell(new MessageEnqueued(message.Id));
        }
        else
        {
            Gather(Accepted(message), Sender);
        }
    }

    private static SpoolTransition.Accepted Accepted(Smtp.SubmittedMessage message)
        => new(message.Id, message.ReversePath, message.Recipients, message.Body, message.EightBit, message.ReceivedAt);

    // The original's outcomes and the acceptance of the DSN gather together, so they are one event: a bounce is made exactly once.
    private void Record(RecordAttempt record)
    {
        if (_state.Find(record.Id) is null)
        {
            Acknowledge(record, Sender);
            return;
        }

        if (record.Report is { } report)
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

    private void Withdraw(WithdrawMessage withdraw)
    {
        if (!_open)
        {
            // A write of the incarnation before may still take effect, until the one that opens this one has shut it out.
            Stash.Stash();
        }
        else if (_state.Find(withdraw.Id) is not null)
        {
            Sender.Tell(new MessageEnqueued(withdraw.Id));
        }
        else if (_writing?.Accepts(withdraw.Id) != true)
        {
            StrikeOut(withdraw.Id);
        }

        // What is being written can no longer be taken back for certain: its caller is answered by what comes of the write.
    }

    private void StrikeOut(QueueId id)
    {
        if (!_gathering.Withdraw(id))
        {
            // It may come later; one that has not by the time that many others were withdrawn will not.
            if (_withdrawn.Count >= MaximumWithdrawn)
            {
                _withdrawn.Clear();
            }

            _withdrawn.Add(id);
        }

        Sender.Tell(new EnqueueRefused(id, s_notTaken));
    }

    private void Tick()
    {
        _agenda.Advance(Now);
        Pump();
    }

    private void Stop()
    {
        _stopping = true;
        StopIfWritten();
    }

    private void StopIfWritten()
    {
        if (_stopping && _writing is null && _gathering.IsEmpty)
        {
            Context.Stop(Self);
        }
    }

    private void Finish(QueuedMessage message)
    {
        _services.Store.Release(message.Body);
        Release(message);
        _agenda.Forget(message);
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
        Pump();
    }

    private void Pump()
    {
        // Once it stops, what begins here would only be begun again by the next owner.
        if (!_open || _stopping)
        {
            return;
        }

        // In bursts, so that after a start with a long queue what comes back is taken in between.
        for (var started = 0; _agenda.InHand < MaximumInHand && _agenda.TakeDue() is { } message; started++)
        {
            _workers.Add(message.Id, Context.ActorOf(MessageActor.Props(MessageInHand.Of(message), _services)));
            if (started == Burst)
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

    private sealed record SpoolTick : INoSerializationVerificationNeeded
    {
        public static readonly SpoolTick Instance = new();
    }
}
