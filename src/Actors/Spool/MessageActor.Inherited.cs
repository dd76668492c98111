using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Spool;

/// <content>What another node delivered for the owner before of the spool: docs/adr/0012.</content>
internal sealed partial class MessageActor
{
    // What was delivered elsewhere is not delivered again here. False if nothing else is to be done.
    private bool RecordInherited()
    {
        if (_message.Inherited.IsEmpty)
        {
            return true;
        }

        // Of two for one recipient, what ended it counts.
        foreach (var (left, dispatcher) in _message.Inherited.OrderBy(inherited => inherited.Left.Settled.Outcomes.Count(outcome => outcome.Kind == OutcomeKind.Deferred)))
        {
            var outcomes = Match(left);
            if (outcomes.Length == 0)
            {
                TellRecordedIfDurable(dispatcher);
                continue;
            }

            Record(outcomes, left.Settled, dispatcher);
            var recipients = _message.Recipients.ToBuilder();
            foreach (var outcome in outcomes)
            {
                recipients[outcome.Index] = recipients[outcome.Index] with { IsPending = false };
            }

            _message = _message with { Recipients = recipients.MoveToImmutable() };
        }

        return _open == 0 || !Pending().IsEmpty;
    }

    // What was said twice is durable with the first of both, which its dispatcher hears of then.
    private void TellRecordedIfDurable(IActorRef dispatcher)
    {
        if (_open == 0)
        {
            dispatcher.Tell(new OutcomeRecorded(_message.Id));
        }
    }

    // By address: its place in the message is not told.
    private IndexedOutcome[] Match(LeftOutcome left)
    {
        var outcomes = new List<IndexedOutcome>(left.Recipients.Length);
        var pending = Pending().ToList();
        for (var i = 0; i < left.Recipients.Length; i++)
        {
            var at = pending.FindIndex(index => _message.Recipients[index].Address == left.Recipients[i]);
            if (at >= 0)
            {
                outcomes.Add(new IndexedOutcome(pending[at], left.Settled.Outcomes[i]));
                pending.RemoveAt(at);
            }
        }

        return [.. outcomes];
    }
}
