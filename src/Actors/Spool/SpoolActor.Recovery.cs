using Akka.Event;
using Akka.Persistence;

namespace MtaCluster.Actors.Spool;

/// <content>From the journal to work: events are applied and must be whole, <see cref="SpoolTransition.Opened"/> is written, then the spool is open.</content>
internal sealed partial class SpoolActor
{
    private long _recoveredTo;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: SpoolSnapshot snapshot } offer:
                _recoveredTo = offer.Metadata.SequenceNr;
                snapshot.RestoreTo(_state);
                break;
            case SpoolEvent e:
                Replay(e);
                break;
            case RecoveryCompleted when _recoveredTo != LastSequenceNr:
                OnRecoveryFailure(Gap(LastSequenceNr));
                Context.Stop(Self);
                break;
            case RecoveryCompleted:
                Open();
                break;
        }
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        // Every spool, every sweep: while the store is down, its own trouble is the one line that says so.
        if (_services.StoreHealth.IsGood)
        {
            _log.Error(reason, "{0} could not be recovered; it will be tried again", PersistenceId);
        }
    }

    private void Replay(SpoolEvent e)
    {
        RequireAll(LastSequenceNr - 1);
        _recoveredTo = LastSequenceNr;
        foreach (var transition in e.Transitions)
        {
            if (_state.Apply(transition) is { } finished)
            {
                _finished.Add(finished.Id, finished.ReceivedAtMilliseconds);
            }
        }

        _transitionsSinceSnapshot += e.Transitions.Length;
    }

    // An owner that does not know yet that it is none may delete events between our reading of the snapshot and of the events behind it.
    private void RequireAll(long upTo)
    {
        if (_recoveredTo != upTo)
        {
            throw Gap(upTo);
        }
    }

    private InvalidOperationException Gap(long upTo) => new($"events {_recoveredTo + 1} to {upTo} of {PersistenceId} are missing");

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
            message.IsUnsureToClient = true;
            _agenda.Plan(message, now);
        }

        if (_services.LookInterval is { } interval)
        {
            Timers.StartPeriodicTimer(nameof(LookAtJournal), LookAtJournal.Instance, interval);
        }

        _local.Count = _state.Count;
        _services.LocalSpools.Add(_local);
        Stash.UnstashAll();
        _log.Debug("{0} is open with {1} messages", PersistenceId, _state.Count);
        Claim();
        Pump();
    }
}
