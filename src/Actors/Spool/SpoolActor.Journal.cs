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
    private bool _savingSnapshot;
    private int _transitionsSinceSnapshot;

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Fail(cause);
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
        => _log.Error(reason, "{0} could not be recovered; it will be tried again", PersistenceId);

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

    private void Gather(SpoolTransition transition, IActorRef? replyTo = null)
    {
        _gathering.Add(transition, replyTo);
        WriteIfIdle();
    }

    private void WriteIfIdle()
    {
        if (_writing is not null || _gathering.IsEmpty)
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
        WriteIfIdle();
        SnapshotIfDue();
        StopIfWritten();
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
            case SpoolTransition.Attempted:
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
        _agenda.MakeDue(_state.Find(accepted.Id)!);
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

    private void Fail(Exception cause)
    {
        _log.Error(cause, "Journal write of {0} failed; its clients are told 451 and it starts anew", PersistenceId);
        foreach (var group in new[] { _writing, _gathering })
        {
            foreach (var entry in group?.Entries ?? [])
            {
                if (entry is { Transition: SpoolTransition.Accepted accepted, ReplyTo: { } replyTo })
                {
                    replyTo.Tell(new EnqueueRefused(accepted.Id, s_storeFailed));
                }
            }
        }
    }
}
