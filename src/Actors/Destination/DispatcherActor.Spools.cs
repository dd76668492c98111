using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <content>The spools whose mail it sends: those with more are asked when there is room; one that is gone is forgotten.</content>
internal sealed partial class DispatcherActor
{
    /// <summary>What a spool said is coming, and has not after so long, goes elsewhere.</summary>
    private static readonly TimeSpan s_expectation = TimeSpan.FromSeconds(3);

    /// <summary>How long an outcome is kept after its spool is gone: the next owner would have asked by then. Counted while it could have recovered.</summary>
    private static readonly TimeSpan s_retention = TimeSpan.FromMinutes(1);

    private static readonly SmtpReply s_moving = new(451, new EnhancedStatusCode(4, 3, 2), "Queue is moving");

    private readonly HashSet<IActorRef> _watched = [];
    private readonly GoneSpools _gone = new(s_retention);
    private int _expected;
    private int _asked;
    private TimeSpan _expectedUntil;

    private void Watch(IActorRef spool)
    {
        if (_watched.Add(spool))
        {
            Context.Watch(spool);
        }
    }

    private void AskSpools(Moment now)
    {
        if (_gate.IsBackedOff(now) || _gate.SuspensionAt(now) is not null)
        {
            return;
        }

        var isProbing = _gate.BackOffUntil is not null;
        var room = (isProbing ? 1 : ReadyLimit) - _queue.ReadyCount - _expected;
        if ((room * 2 >= ReadyLimit || (isProbing && room > 0 && _connections.Count == 0)) && _spools.Next() is { } spool)
        {
            Expect(room, now);
            _asked = room;
            spool.Tell(new MailDemand(_key, room));
        }
    }

    // What was asked for is on its way, less than that, or none.
    private void Supplied(MailSupplied supplied)
    {
        if (_spools.Supplied(Sender, supplied.HasMore))
        {
            _expected = Math.Max(0, _expected - Math.Max(0, _asked - supplied.Count));
            _asked = 0;
        }
    }

    private void Expect(int messages, Moment now)
    {
        _expected += messages;
        _expectedUntil = now.Steady + s_expectation;
    }

    private void Arrived() => _expected = Math.Max(0, _expected - 1);

    private void ForgetOldExpectations()
    {
        if (Now.Steady >= _expectedUntil)
        {
            _expected = 0;
        }
    }

    // The spool goes to another node: what is not under way is its to send, there.
    private void Recall(IActorRef spool)
    {
        Remove(spool);
        GiveBack(item => item.Spool.Equals(spool));
    }

    private void GiveBack(Func<DispatchItem, bool> condition)
    {
        foreach (var item in _queue.TakeAll(condition))
        {
            item.Worker.Tell(new OfferParked(item.Offer.Id, item.Offer.Target, s_moving));
        }
    }

    // Its mail is offered again by whoever opens it next. What is ready would be sent twice; what is under way cannot be helped.
    private void LostSpool(IActorRef spool)
    {
        _watched.Remove(spool);
        Remove(spool);
        _queue.TakeAll(item => item.Spool.Equals(spool));
        if (_queue.Items.Any(item => item.Spool.Equals(spool)))
        {
            _gone.Add(spool, Now.Steady);
        }

        ReportIfDrained();
    }

    // What its new owner itself has offered, where this is the egress of a node that only spools, is no one else's.
    private void YieldTo(ClaimOutcomes claim)
    {
        GiveBack(item => IsLeft(item, claim));
        var underWay = ImmutableArray.CreateBuilder<QueueId>();
        foreach (var item in _queue.Items.Where(item => IsLeft(item, claim)))
        {
            item.Claimant = claim.Owner;
            if (item.Settled is { } settled)
            {
                Sender.Tell(new LeftOutcome(item.Offer.Recipients, settled));
            }
            else
            {
                underWay.Add(item.Offer.Id);
            }
        }

        Sender.Tell(new OutcomesClaimed(claim.Spool, underWay.ToImmutable()));
        ReportIfDrained();
    }

    private static bool IsLeft(DispatchItem item, ClaimOutcomes claim) => item.Offer.Id.Spool == claim.Spool && !item.Spool.Equals(claim.Owner);

    private void Remove(IActorRef spool)
    {
        if (_spools.Remove(spool))
        {
            _expected = Math.Max(0, _expected - _asked);
            _asked = 0;
        }
    }

    private void ForgetSettledOfGoneSpools()
    {
        var now = Now.Steady;
        foreach (var spool in _gone.Over(now, canRecover: !IsPaused))
        {
            _queue.Forget(item => item.Settled is not null && item.Spool.Equals(spool) && now - item.SettledAt >= s_retention);
            if (!_queue.Items.Any(item => item.Spool.Equals(spool)))
            {
                _gone.Remove(spool);
            }
        }

        ReportIfDrained();
    }
}
