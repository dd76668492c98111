using Akka.Actor;
using Akka.Persistence;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// Looks once how far the journal of a spool goes, tells its parent, and ends. In doubt it tells nothing. An owner that has been put out of the
/// cluster without knowing it may have written, and the rightful one, which had nothing to write, would not learn of the mail in it.
/// </summary>
internal sealed class JournalHeadActor : UntypedActor
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public JournalHeadActor(IActorRef journal, string persistenceId, long known)
    {
        // A replay of nothing: what comes back is the highest number.
        journal.Tell(new ReplayMessages(known + 1, known, 0, persistenceId, Self));
        Context.SetReceiveTimeout(s_patience);
    }

    protected override void OnReceive(object message)
    {
        if (message is RecoverySuccess found)
        {
            Context.Parent.Tell(new JournalHead(found.HighestSequenceNr));
        }

        Context.Stop(Self);
    }
}

/// <summary>From a <see cref="JournalHeadActor"/>: the number of the last event in the journal; less than the known one if there is none beyond it.</summary>
internal sealed record JournalHead(long SequenceNr) : INoSerializationVerificationNeeded;
