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

    private void Opened()
    {
        _connections.Opened(Sender);
        if (_gate.BackOffUntil is not null)
        {
            _reason = s_full;
            _services.Destinations.Tell(new ReportConnectSuccess(_key, _services.NodeName, WantedConnections, WantedMessages));
        }
    }

    private void End(DeliveryEnded ended)
    {
        _lastWork = Now;
        // A lease that has shrunk means: fewer connections, as each becomes free.
        var keep = ended.Reusable && _drainedTo is null && _connections.Count <= _gate.AllowedConnections(_lastWork);
        if (_connections.Release(Sender, keep, _limits.MessagesPerConnection) is not { } item)
        {
            return;
        }

        if (ended.Reusable && _connections.IsClosing(Sender))
        {
            Sender.Tell(CloseConnection.Instance);
        }

        if (ended.IsStale && item.Returns++ < MaximumReturns)
        {
            _queue.Return(item);
        }
        else
        {
            Settle(item, ended.Settled);
        }
    }

    private static OfferSettled Interrupted(DispatchItem item) => new(
        item.Offer.Id,
        item.Offer.Target,
        ImmutableArray.CreateRange(item.Offer.Recipients, _ => new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, s_internal)),
        DeliveryPath.None);

    private static void Settle(DispatchItem item, OfferSettled settled)
    {
        item.Settled = settled;
        item.Worker.Tell(settled);
    }

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
            if (item.Returns++ < MaximumReturns)
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

    private void BackOff(SmtpReply reason, DateTimeOffset now)
    {
        _reason = reason;
        _gate.BackOff(now);
        _services.Destinations.Tell(new ReportConnectFailure(_key, _services.NodeName, reason.ToString()));
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
        _spools.Remove(actor);
        if (_connections.Remove(actor) is { } item)
        {
            _log.Error("An outbound connection to {0} died with message {1} under way", _key, item.Offer.Id);
            Settle(item, Interrupted(item));
        }
    }
}
