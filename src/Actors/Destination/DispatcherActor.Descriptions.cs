namespace MtaCluster.Actors.Destination;

/// <content>What it tells of itself.</content>
internal sealed partial class DispatcherActor
{
    private DispatcherDescription Describe()
    {
        var now = Now;
        var unrecorded = _queue.Items.Count(item => item.Settled is not null);
        return new DispatcherDescription(
            _key,
            _queue.ReadyCount,
            _queue.Count - _queue.ReadyCount - unrecorded,
            unrecorded,
            _spools.All.Count(),
            _gate.LeasedConnections(now),
            _gate.BackOffUntil,
            WhyItWaits(now),
            _connections.Describe());
    }

    private string? WhyItWaits(Moment now)
    {
        var hasMail = _queue.ReadyCount > 0 || !_spools.IsEmpty;
        return _drainedTo is not null ? "the node is shutting down"
            : !hasMail ? null
            : _gate.SuspensionAt(now) is { } suspension ? $"suspended by {suspension.By}: {suspension.Reason}"
            : IsPaused ? "outcomes cannot be made durable: " + string.Join("; ", _services.Health.Troubles)
            : _gate.IsBackedOff(now) ? "backed off: " + _reason.Text
            : _gate.LeasedConnections(now) == 0 ? "no connection is leased to this node: others hold them, or the authority does not answer"
            : !_gate.MaySend(now) ? "the rate is used up"
            : _connections.Count >= _gate.AllowedConnections(now) ? "all connections are busy"
            : null;
    }
}
