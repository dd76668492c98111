using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Destination;

namespace MtaCluster.Actors.Spool;

/// <content>What a new owner takes over from nodes that delivered for the owner before, before it delivers itself: docs/adr/0012.</content>
internal sealed partial class SpoolActor
{
    /// <summary>How long a message waits for the end of a delivery that another node has under way: if that node dies, nobody tells of it.</summary>
    private static readonly TimeSpan s_underWayElsewhere = TimeSpan.FromSeconds(30);

    /// <summary>When mail moves though nobody has answered at all. Those who ask give up long before.</summary>
    private static readonly TimeSpan s_claimOverdue = TimeSpan.FromSeconds(5);

    private readonly Dictionary<QueueId, ImmutableArray<InheritedOutcome>> _inherited = [];
    private readonly Dictionary<QueueId, long> _underWayElsewhere = [];
    private bool _claiming;

    private void Claim()
    {
        if (!_services.Claims.IsNobody())
        {
            _claiming = true;
            _services.Claims.Tell(new ClaimOutcomes(_number, Self));
            Timers.StartSingleTimer(nameof(Claim), new OutcomesClaimed(_number, []), s_claimOverdue);
        }
    }

    private void Claimed(OutcomesClaimed claimed)
    {
        foreach (var id in claimed.UnderWay)
        {
            if (_state.Find(id) is { InHand: false } && !_inherited.ContainsKey(id))
            {
                _underWayElsewhere[id] = Now + (long)s_underWayElsewhere.TotalMilliseconds;
            }
        }

        Timers.Cancel(nameof(Claim));
        _claiming = false;
        Pump();
    }

    private void Inherit(LeftOutcome left)
    {
        var id = left.Settled.Id;
        if (_state.Find(id) is not { } message)
        {
            Sender.Tell(new OutcomeRecorded(id));
            return;
        }

        _underWayElsewhere.Remove(id);
        _inherited[id] = [.. _inherited.GetValueOrDefault(id, []), new InheritedOutcome(left, Sender)];
        if (message.IsScheduled)
        {
            _agenda.MakeDue(message);
            Pump();
        }
    }

    private bool PutDownIfUnderWayElsewhere(QueuedMessage message)
    {
        if (!_underWayElsewhere.TryGetValue(message.Id, out var until))
        {
            return false;
        }

        if (until <= Now)
        {
            _underWayElsewhere.Remove(message.Id);
            return false;
        }

        _agenda.PutDownUntil(message, until);
        return true;
    }

    // What is finished needs no other outcome.
    private void ForgetInherited(QueueId id)
    {
        _underWayElsewhere.Remove(id);
        if (_inherited.Remove(id, out var inherited))
        {
            foreach (var outcome in inherited)
            {
                outcome.Dispatcher.Tell(new OutcomeRecorded(id));
            }
        }
    }

    private MessageInHand TakeInHand(QueuedMessage message)
        => _inherited.Remove(message.Id, out var inherited) ? MessageInHand.Of(message) with { Inherited = inherited } : MessageInHand.Of(message);
}
