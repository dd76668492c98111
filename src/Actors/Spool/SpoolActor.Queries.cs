using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Spool;

/// <content>What administrators and the message store ask: answered from the state, at once.</content>
internal sealed partial class SpoolActor
{
    /// <summary>How many messages one answer may list: what a frame of remoting has room for.</summary>
    private const int MaximumListed = 500;

    /// <summary>How many suspects a ledger names: one is enough to look further.</summary>
    private const int MaximumSuspects = 100;

    private bool Answer(object query)
    {
        if (!_open)
        {
            // A spool that is being recovered does not know yet.
            Stash.Stash();
            return true;
        }

        switch (query)
        {
            case ListMessages list:
                List(list.Filter);
                break;
            case GetMessage get:
                Sender.Tell(new MessageShown(get.Id, _services.NodeName, _state.Find(get.Id) is { } message ? QueueSelection.Describe(message) : null));
                break;
            case SummarizeQueue summarize:
                Summarize(summarize.Filter);
                break;
            case FlushMessages flush:
                Flush(flush.Filter);
                break;
            case GetLedger:
                Sender.Tell(Ledger());
                break;
            case GetBodiesHeld held:
                Sender.Tell(Held(held.Container));
                break;
            default:
                return false;
        }

        return true;
    }

    private void List(QueueFilter filter)
    {
        var selected = QueueSelection.Select(_state.Messages, filter);
        var limit = filter.Limit > 0 ? Math.Min(filter.Limit, MaximumListed) : MaximumListed;
        Sender.Tell(new MessagesListed(_number, _services.NodeName, selected.Length, [.. QueueSelection.ByAge(selected).Take(limit).Select(QueueSelection.Describe)]));
    }

    private void Summarize(QueueFilter filter)
    {
        var selected = QueueSelection.Select(_state.Messages, filter);
        Sender.Tell(new QueueSummarized(_number, _services.NodeName, selected.Length, QueueSelection.Summarize(selected, filter)));
    }

    private void Flush(QueueFilter filter)
    {
        var (now, count) = (Now, 0);
        foreach (var message in QueueSelection.ByAge(QueueSelection.Select(_state.Messages, filter with { Status = QueueStatus.Waiting })))
        {
            if (filter.Limit > 0 && count == filter.Limit)
            {
                break;
            }

            if (message.Hasten(now))
            {
                _agenda.MakeDue(message);
                count++;
            }
        }

        // For ETRN nobody waits.
        if (!Sender.IsNobody())
        {
            Sender.Tell(new MessagesFlushed(_number, _services.NodeName, count));
        }

        Pump();
    }

    private SpoolLedger Ledger()
    {
        var queued = 0L;
        var suspects = ImmutableArray.CreateBuilder<QueueId>();
        foreach (var message in _state.Messages)
        {
            queued += message.PendingRecipients;
            if ((message.IsFinished || message.InHand != _workers.ContainsKey(message.Id)) && suspects.Count < MaximumSuspects)
            {
                suspects.Add(message.Id);
            }
        }

        var account = _state.Account;
        return new SpoolLedger(
            _number,
            _services.NodeName,
            account.AcceptedMessages,
            account.Accepted,
            account.Delivered,
            account.Bounced,
            account.Discarded,
            _state.Count,
            queued,
            suspects.ToImmutable());
    }

    private IEnumerable<BodyRef> BodiesToBeAccepted() => new[] { _writing, _gathering }
        .SelectMany(group => group?.Entries ?? [])
        .Select(entry => entry.Transition)
        .OfType<SpoolTransition.Accepted>()
        .Select(accepted => accepted.Body);

    private BodiesHeld Held(long container)
    {
        var counts = new Dictionary<long, int>();
        var positions = ImmutableArray.CreateBuilder<long>();
        foreach (var body in _state.Messages.Select(message => message.Body).Concat(BodiesToBeAccepted()))
        {
            counts[body.Container] = counts.GetValueOrDefault(body.Container) + 1;
            if (body.Container == container)
            {
                positions.Add(body.Position);
            }
        }

        return new BodiesHeld(_number, counts.ToImmutableDictionary(), container, positions.ToImmutable(), LastSequenceNr);
    }
}
