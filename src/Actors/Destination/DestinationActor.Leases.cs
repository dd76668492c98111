using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <content>How a request for a lease is answered.</content>
internal sealed partial class DestinationActor
{
    private const int CounterBits = 32;

    private void Answer(string node, int connections, int messages, LeaseHolding holding)
    {
        if (!_footing.IsFirm)
        {
            return;
        }

        var now = Now;
        _book.Hear(node, Sender, connections, messages, holding, now.Steady);
        var decisions = _book.Decide(node, _state.AllowedConnections(now.Clock), now.Steady);
        var events = ImmutableArray.CreateBuilder<DestinationEvent>();
        var epoch = EpochFor(holding);
        if (epoch != _epoch)
        {
            events.Add(new DestinationEvent.EpochBegan(epoch));
        }

        if (_book.ToReserve(_state.Reserved) is { } shares)
        {
            events.Add(shares);
        }

        var counts = AllowMessages(decisions, now.Clock, events);
        if (events.Count == 0)
        {
            Send(decisions, counts);
        }
        else
        {
            Write(events.ToImmutable(), () =>
            {
                (_epoch, _leases) = epoch == _epoch ? (_epoch, _leases) : (epoch, 0);
                Send(decisions, counts);
            });
        }
    }

    // Writing an epoch proves that no other incarnation has: its write would be in the way. A node that has not run for a while, or that
    // hears of a later epoch, needs that proof.
    private long EpochFor(LeaseHolding holding)
    {
        var latest = Math.Max(_state.Epoch, holding.LeaseId >> CounterBits);
        var pauses = _footing.Pauses;
        if (_epoch != 0 && _epoch == latest && _pauses == pauses && _leases < uint.MaxValue)
        {
            return _epoch;
        }

        _pauses = pauses;
        return latest + 1;
    }

    private ImmutableArray<long> AllowMessages(ImmutableArray<LeaseDecision> decisions, DateTimeOffset now, ImmutableArray<DestinationEvent>.Builder events)
    {
        if (_limits.Rate is not { } rate)
        {
            return [.. decisions.Select(_ => long.MaxValue)];
        }

        var usedUntil = _state.RateUsedUntil;
        var counts = ImmutableArray.CreateBuilder<long>(decisions.Length);
        foreach (var (holder, connections) in decisions)
        {
            counts.Add(connections == 0 ? 0 : RateAllowance.Grant(rate, holder.WantedMessages, now, ref usedUntil));
        }

        if (usedUntil != _state.RateUsedUntil)
        {
            events.Add(new DestinationEvent.RateUsed(usedUntil));
        }

        return counts.MoveToImmutable();
    }

    private void Send(ImmutableArray<LeaseDecision> decisions, ImmutableArray<long> messages)
    {
        var now = Now;
        for (var i = 0; i < decisions.Length; i++)
        {
            var holder = decisions[i].Holder;
            var id = (_epoch << CounterBits) | ++_leases;
            LeaseBook.Grant(decisions[i], id, now.Steady);
            holder.Dispatcher!.Tell(new LeaseGranted(
                _key,
                id,
                decisions[i].Connections,
                messages[i],
                LeaseBook.LeaseDuration,
                _state.BackOffUntil,
                holder.AskedAt,
                _state.SuspensionAt(now.Clock)));
        }
    }
}
