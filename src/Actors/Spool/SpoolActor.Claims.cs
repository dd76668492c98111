using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Destination;

namespace MtaCluster.Actors.Spool;

/// <content>What a new owner takes over from nodes that delivered for the owner before, before it delivers itself: docs/adr/0012.</content>
internal sealed partial class SpoolActor
{
    /// <summary>How long a message waits for the end of a delivery that another node has under way: if that node dies, nobody tells of it.</summary>
    private static readonly TimeSpan s_underWayElsewhere = TimeSpan.FromSeconds(30);

    private readonly Dictionary<QueueId, ImmutableArray<InheritedOutcome>> _inherited = [];
    private bool _claiming;

    private void Claim()
    {
        if (!_services.Claims.IsNobody())
        {
            _claiming = true;
            _services.Claims.Tell(new ClaimOutcomes(_number, Self));
        }
    }

    private void Claimed(OutcomesClaimed claimed)
    {
        foreach (var id in claimed.UnderWay)
        {
            if (_state.Find(id) is { InHand: false } message)
            {
                message.Postpone(Now + (long)s_underWayElsewhere.TotalMilliseconds);
            }
        }

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

        _inherited[id] = [.. _inherited.GetValueOrDefault(id, []), new InheritedOutcome(left, Sender)];
        if (message.IsScheduled)
        {
            _agenda.MakeDue(message);
            Pump();
        }
    }

    private MessageInHand TakeInHand(QueuedMessage message)
        => _inherited.Remove(message.Id, out var inherited) ? MessageInHand.Of(message) with { Inherited = inherited } : MessageInHand.Of(message);
}
