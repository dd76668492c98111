using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <content>What it asks of the authority, and what it does with the answer.</content>
internal sealed partial class DispatcherActor
{
    private static readonly SmtpReply s_leaseEnded = new(451, new EnhancedStatusCode(4, 3, 2), "Delivery was cut short: the limits of the destination are not known now");

    private bool _leaseRequested;
    private int _connectionsAsked;
    private int _connectionsTold;
    private bool _turnedAway;

    // An idle connection is no demand: it goes when others have some.
    private int WantedConnections => Math.Min(_limits.Connections, _connections.BusyCount + WaitingForConnections);

    private int WaitingForConnections => IsPaused || _drainedTo is not null ? 0 : _queue.ReadyCount + (_spools.IsEmpty ? 0 : _limits.Connections);

    // Of a rate no more than its burst is held unsent: what several nodes hold could leave all at once.
    private int WantedMessages(Moment now)
    {
        var needed = IsPaused ? 0 : _spools.IsEmpty ? _queue.ReadyCount : ReadyLimit;
        var useful = _limits.Rate is { } rate ? Math.Min(needed, RateAllowance.Burst(rate)) : needed;
        return (int)Math.Max(0, useful - Math.Min(_gate.MessagesLeft(now), useful));
    }

    private void Take(LeaseGranted lease)
    {
        var now = Now;
        if (!_gate.Take(lease, now))
        {
            return;
        }

        if (_gate.SuspensionAt(now) is { } suspension)
        {
            _reason = Suspended(suspension);
            ParkReady(_reason);
        }
        else if (!_gate.IsBackedOff(now) && _gate.BackOffUntil is null)
        {
            _reason = s_full;
        }

        Close(_connections.CloseBeyond(_gate.KeptConnections(now)));
        _leaseRequested = !_gate.MaySend(now);
    }

    // Asked when there is nothing to send under the lease, or when more connections would help; never more often than the answers come: a
    // lease without messages is not asked for again before the next tick.
    private void RequestLeaseIfShort(Moment now)
    {
        if (_queue.ReadyCount > 0 && !_leaseRequested && !_gate.IsBackedOff(now) && _gate.SuspensionAt(now) is null
            && (!_gate.MaySend(now) || WantedConnections > _connectionsAsked))
        {
            RequestLease(now);
        }
    }

    // Once a second, as long as there is anything to ask for, to keep, or to give back, such as what was closed while an answer was on its way; also to learn
    // that a suspension is over.
    private void Renew()
    {
        var now = Now;
        var wanted = WantedConnections;
        var leased = _gate.LeasedConnections(now);
        _gate.Forgo(Math.Max(wanted, _connections.Count));
        if (_connections.Count > 0 || leased > 0 || _connections.Count < _connectionsTold || ((wanted > 0 || _turnedAway) && !_gate.IsBackedOff(now)))
        {
            RequestLease(now);
        }

        _turnedAway = false;
    }

    private void RequestLease(Moment now)
    {
        _leaseRequested = true;
        _connectionsAsked = WantedConnections;
        _services.Destinations.Tell(new RequestLease(_key, _services.NodeName, _connectionsAsked, WantedMessages(now), Holding(now)));
    }

    private LeaseHolding Holding(Moment now)
    {
        _connectionsTold = _connections.Count;
        return _gate.Holding(_connections.Count, now);
    }

    // Others wait for what this node has no right to any more, or will not need again: they are told at once that it is closed.
    private void ReportSurplusClosed()
    {
        var now = Now;
        if (_drainedTo is not null)
        {
            _gate.Forgo(_connections.Count);
        }

        if (_connections.Count >= _gate.LeasedConnections(now))
        {
            RequestLease(now);
        }
    }

    // Without an authority nothing is open when others may have it: what is idle is closed when the lease ends, what is being sent is cut a little later.
    private void EndLease()
    {
        var now = Now;
        Close(_connections.CloseBeyond(_gate.KeptConnections(now)));
        if (_connections.Count > 0 && _gate.IsOverdue(now))
        {
            _log.Warning("The lease of {0} has expired and was not renewed: {1} connections are cut", _key, _connections.Count);
            foreach (var connection in _connections.All)
            {
                connection.Tell(CutConnection.Instance);
            }
        }
    }

    private static SmtpReply Suspended(SuspensionDescription suspension)
        => new(451, new EnhancedStatusCode(4, 3, 2), $"Suspended by {suspension.By}: {suspension.Reason}");
}
