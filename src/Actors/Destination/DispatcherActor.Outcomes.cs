using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Delivery;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <content>What comes back from the connections, and what follows from it.</content>
internal sealed partial class DispatcherActor
{
    /// <summary>How often a message may come back without an attempt before that counts as one.</summary>
    private const int MaximumReturns = 3;

    private static readonly SmtpReply s_internal = new(451, new EnhancedStatusCode(4, 3, 0), "Delivery was interrupted");

    private void Opened(ConnectionOpened opened)
    {
        _connections.Opened(Sender, opened);
        if (_gate.BackOffUntil is not null)
        {
            var now = Now;
            _reason = s_full;
            _services.Destinations.Tell(new ReportConnectSuccess(_key, _services.NodeName, WantedConnections, WantedMessages(now), Holding(now)));
        }
    }

    private void End(DeliveryEnded ended)
    {
        var now = Now;
        _lastWork = now.Steady;
        // A lease that has shrunk means: fewer connections, as each becomes free.
        var keep = ended is { Reusable: true, IsUsedUp: false } && _drainedTo is null && _connections.Count <= _gate.KeptConnections(now);
        if (_connections.Release(Sender, keep, _limits.MessagesPerConnection) is not { } item)
        {
            return;
        }

        if (ended.Reusable && _connections.IsClosing(Sender))
        {
            Sender.Tell(CloseConnection.Instance);
        }

        if (ended.IsStale && MayReturn(item))
        {
            _queue.Return(item);
        }
        else
        {
            Settle(item, ended.Settled);
        }
    }

    private static OfferSettled Interrupted(DispatchItem item, SmtpReply reply) => new(
        item.Offer.Id,
        item.Offer.Target,
        ImmutableArray.CreateRange(item.Offer.Recipients, _ => new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, reply)),
        DeliveryPath.None);

    private void Settle(DispatchItem item, OfferSettled settled)
    {
        item.Settled = settled;
        item.SettledAt = Now.Steady;
        Report(item, settled);
    }

    // Both hear of it, where both seem to own the message: only the one that does can make it durable.
    private static void Report(DispatchItem item, OfferSettled settled)
    {
        item.Worker.Tell(settled);
        item.Claimant?.Tell(new LeftOutcome(item.Offer.Recipients, settled));
    }

    // What another node owns now is not begun again here.
    private static bool MayReturn(DispatchItem item) => item.Claimant is null && item.Returns++ < MaximumReturns;

    private void Failed(ConnectionFailed failed)
    {
        if (_connections.Remove(Sender) is not { } item)
        {
            return;
        }

        var now = Now;
        if (failed.Outcome.Kind == OutcomeKind.Deferred && _connections.EstablishedCount > 0)
        {
            // The peer is there, it only takes no more connections: no failure of the message, nor of the destination.
            _gate.RefusedBeyond(_connections.EstablishedCount, now);
            if (MayReturn(item))
            {
                _queue.Return(item);
                return;
            }
        }

        Settle(item, new OfferSettled(
            item.Offer.Id, item.Offer.Target, ImmutableArray.CreateRange(item.Offer.Recipients, _ => failed.Outcome), failed.Path));
        if (failed.Outcome.Kind == OutcomeKind.Deferred && _connections.EstablishedCount == 0)
        {
            BackOff(failed.Outcome.Reply, now);
        }
    }

    private void BackOff(SmtpReply reason, Moment now)
    {
        _reason = reason;
        _gate.BackOff(now);
        _services.Destinations.Tell(new ReportConnectFailure(_key, _services.NodeName, reason.ToString(), Holding(now)));
        ParkReady(reason);
    }

    private void ParkReady(SmtpReply reason)
    {
        foreach (var item in _queue.TakeAll())
        {
            item.Worker.Tell(new OfferParked(item.Offer.Id, item.Offer.Target, reason));
        }
    }

    private void Lost(IActorRef actor)
    {
        if (_watched.Contains(actor))
        {
            LostSpool(actor);
            return;
        }

        if (_connections.Remove(actor) is { } item)
        {
            var reply = _gate.IsOverdue(Now) ? s_leaseEnded : s_internal;
            _log.Error("An outbound connection to {0} ended with message {1} under way: {2}", _key, item.Offer.Id, reply.Text);
            Settle(item, Interrupted(item, reply));
        }

        ReportSurplusClosed();
    }
}
