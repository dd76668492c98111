using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <content>The journal's side: what gathers, what is being written, and what follows once it has been.</content>
internal sealed partial class SpoolActor
{
    private const int MinimumTransitionsBetweenSnapshots = 20_000;

    private static readonly SmtpReply s_storeFailed = new(451, new EnhancedStatusCode(4, 3, 0), "Message could not be stored, try again later");

    private SpoolGroup _gathering = new();
    private SpoolGroup? _writing;
    private bool _isResting;
    private bool _savingSnapshot;
    private int _transitionsSinceSnapshot;
    private long _lookedAt;

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
        => Fail(cause, isInDoubt: !_services.IsNotWritten(cause));

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Fail(cause, isInDoubt: false);
        Context.Stop(Self);
    }

    private void OnJournalMessage(object message)
    {
        switch (message)
        {
            case SaveSnapshotSuccess saved:
                SnapshotSaved(saved);
                break;
            case SaveSnapshotFailure failed:
                _savingSnapshot = false;
                _log.Warning(failed.Cause, "Snapshot of {0} failed; the journal stays longer", PersistenceId);
                break;
            case DeleteMessagesFailure or DeleteSnapshotsFailure:
                _log.Warning("Old journal rows of {0} could not be deleted; they go with the next snapshot", PersistenceId);
                break;
            case DeleteMessagesSuccess or DeleteSnapshotsSuccess:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A write would find out by itself: only a spool that has written nothing since the last look asks.
    private void LookIfIdle()
    {
        if (_writing is null && LastSequenceNr == _lookedAt)
        {
            var (journal, known) = (Persistence.Instance.Apply(Context.System).JournalFor(JournalPluginId), _lookedAt);
            Context.ActorOf(ActorProps.Of(() => new JournalHeadActor(journal, PersistenceId, known)));
        }

        _lookedAt = LastSequenceNr;
    }

    // While a write of ours is under way its number may be there already.
    private void Compare(JournalHead head)
    {
        if (_writing is null && head.SequenceNr > LastSequenceNr)
        {
            _log.Warning("Another node has written to {0}; it starts anew, to know of it", PersistenceId);
            Context.Stop(Self);
        }
    }

    private void Gather(SpoolTransition transition, IActorRef? replyTo = null)
    {
        _gathering.Add(transition, replyTo);
        WriteIfIdle();
    }

    private void WriteIfIdle()
    {
        if (_writing is not null || _isResting || _gathering.IsEmpty)
        {
            return;
        }

        _writing = _gathering;
        _gathering = new SpoolGroup();
        PersistAsync(_writing.ToEvent(), OnPersisted);
    }

    private void OnPersisted(SpoolEvent e)
    {
        var group = _writing!;
        _writing = null;
        _transitionsSinceSnapshot += e.Transitions.Length;
        foreach (var entry in group.Entries)
        {
            Apply(entry);
        }

        _local.Count = _state.Count;
        Pump();
        RestAfter(group);
        WriteIfIdle();
        SnapshotIfDue();
        StopIfWritten();
    }

    private void RestAfter(SpoolGroup group)
    {
        if (group.Entries.Count > 1 && _services.WriteRest > TimeSpan.Zero)
        {
            _isResting = true;
            Task.Delay(_services.WriteRest, _services.Time).PipeTo(Self, success: static () => Rested.Instance);
        }
    }

    private void EndRest()
    {
        _isResting = false;
        WriteIfIdle();
    }

    private void Apply(in SpoolGroup.Entry entry)
    {
        var isKnown = entry.Transition is SpoolTransition.Accepted { Id: var id } && _state.Find(id) is not null;
        var finished = _state.Apply(entry.Transition);
        switch (entry.Transition)
        {
            case SpoolTransition.Opened:
                Opened();
                break;
            case SpoolTransition.Accepted accepted:
                TakeIn(accepted, entry.ReplyTo, isKnown);
                break;
            case SpoolTransition.Attempted attempted:
                Count(attempted);
                Acknowledge(entry.Attempt!, finished is null ? entry.ReplyTo : null);
                break;
        }

        if (finished is not null)
        {
            Finish(finished);
        }
    }

    private void TakeIn(SpoolTransition.Accepted accepted, IActorRef? replyTo, bool isKnown)
    {
        // Durable: body and envelope are on stable storage. The client's 250 is true from here on.
        replyTo?.Tell(new MessageEnqueued(accepted.Id));
        if (isKnown)
        {
            return;
        }

        _services.Counters.Accepted();
        var message = _state.Find(accepted.Id)!;
        message.IsUnsureToClient = replyTo is IInternalActorRef { IsLocal: false };
        _agenda.Plan(message, Now);
    }

    private void Count(SpoolTransition.Attempted attempted)
    {
        foreach (ref readonly var recipient in attempted.Recipients.AsSpan())
        {
            _services.Counters.Attempted(recipient.Kind);
        }
    }

    private static void Acknowledge(RecordAttempt record, IActorRef? messageActor)
    {
        record.Dispatcher?.Tell(new OutcomeRecorded(record.Id));
        messageActor?.Tell(AttemptRecorded.Instance);
    }

    private void SnapshotIfDue()
    {
        if (!_savingSnapshot && _transitionsSinceSnapshot >= Math.Max(MinimumTransitionsBetweenSnapshots, 2 * _state.Count))
        {
            _savingSnapshot = true;
            _transitionsSinceSnapshot = 0;
            SaveSnapshot(SpoolSnapshot.Of(_state));
        }
    }

    private void SnapshotSaved(SaveSnapshotSuccess saved)
    {
        _savingSnapshot = false;
        DeleteMessages(saved.Metadata.SequenceNr);
        DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
    }

    // A commit may have taken effect though its reply was lost: then only the journal knows, and it is asked by the next incarnation.
    private void Fail(Exception cause, bool isInDoubt)
    {
        _log.Error(cause, "Journal write of {0} failed; it starts anew", PersistenceId);
        AnswerAll(_writing, id => isInDoubt ? new EnqueueInDoubt(id) : new EnqueueRefused(id, s_storeFailed));
        AnswerAll(_gathering, id => new EnqueueRefused(id, s_storeFailed));
    }

    private static void AnswerAll(SpoolGroup? group, Func<QueueId, object> answer)
    {
        foreach (var entry in group?.Entries ?? [])
        {
            if (entry is { Transition: SpoolTransition.Accepted accepted, ReplyTo: { } replyTo })
            {
                replyTo.Tell(answer(accepted.Id));
            }
        }
    }

    private sealed record Rested : INoSerializationVerificationNeeded
    {
        public static readonly Rested Instance = new();
    }
}
