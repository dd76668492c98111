namespace MtaCluster.Actors.Destination;

/// <summary>
/// What a dispatcher may do right now: the lease it holds, the back-off or suspension of its destination, and the connections that the peer
/// itself was seen to refuse. Pure: the time is given.
/// </summary>
internal sealed class DispatchGate
{
    /// <summary>How long fewer connections are used after a peer that talks to us refused one more.</summary>
    private static readonly TimeSpan s_refusalMemory = TimeSpan.FromSeconds(60);

    /// <summary>How long what is being sent when a lease expires may take to end: less than the authority allows for (<see cref="LeaseBook.Grace"/>).</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private long _leaseId;
    private int _leased;
    private long _messages;
    private TimeSpan _leaseExpires;
    private int _peerLimit = int.MaxValue;
    private TimeSpan _peerLimitUntil;
    private SuspensionDescription? _suspension;

    /// <summary>When the destination may be tried again; null while it is not backed off.</summary>
    public DateTimeOffset? BackOffUntil { get; private set; }

    /// <summary>Messages left under the lease; <see cref="long.MaxValue"/> without a rate.</summary>
    public long MessagesLeft(Moment now) => IsInForce(now) ? _messages : 0;

    /// <summary>Takes a lease in place of the one before; one that was overtaken is ignored.</summary>
    /// <returns>False if it was ignored.</returns>
    public bool Take(LeaseGranted lease, Moment now)
    {
        if (lease.LeaseId <= _leaseId)
        {
            return false;
        }

        // What is left of a lease in force was counted when it was granted: the new one adds to it.
        var left = IsInForce(now) && lease.Messages != long.MaxValue ? _messages : 0;
        var counted = TimeSpan.FromTicks(lease.AskedAt);
        _leaseId = lease.LeaseId;
        _leased = lease.Connections;
        _messages = lease.Messages + left;
        _leaseExpires = (counted < now.Steady ? counted : now.Steady) + lease.ValidFor;
        _suspension = lease.Suspension;
        BackOffUntil = lease.BackOffUntil;
        return true;
    }

    /// <summary>What to tell the authority, with <paramref name="open"/> connections open. Until the next lease no more than that are opened.</summary>
    public LeaseHolding Holding(int open, Moment now) => new(_leaseId, Math.Max(open, IsInForce(now) ? _leased : 0), now.Steady.Ticks);

    /// <summary>Forgoes connections of the lease beyond <paramref name="connections"/>: others may need them.</summary>
    public void Forgo(int connections) => _leased = Math.Min(_leased, connections);

    /// <summary>Backs off before the authority has said for how long: nothing until it answers.</summary>
    public void BackOff(Moment now)
    {
        _leased = 0;
        BackOffUntil = now.Clock + LeaseBook.LeaseDuration;
    }

    /// <summary>The destination is left alone now.</summary>
    public bool IsBackedOff(Moment now) => BackOffUntil > now.Clock;

    /// <summary>The suspension that holds now, or null.</summary>
    public SuspensionDescription? SuspensionAt(Moment now) => _suspension is { } suspension && !(suspension.Until <= now.Clock) ? suspension : null;

    /// <summary>The connections of the lease, while it is in force.</summary>
    public int LeasedConnections(Moment now) => IsInForce(now) ? _leased : 0;

    /// <summary>How many connections may stay open once they are free.</summary>
    public int KeptConnections(Moment now) => IsBackedOff(now) || SuspensionAt(now) is not null ? 0 : LeasedConnections(now);

    /// <summary>How many connections there may be for another to be opened.</summary>
    public int AllowedConnections(Moment now)
    {
        var kept = KeptConnections(now);
        return now.Steady < _peerLimitUntil ? Math.Min(kept, _peerLimit) : kept;
    }

    /// <summary>The lease expired so long ago that the authority may soon give its connections to others: whatever is open is to be cut.</summary>
    public bool IsOverdue(Moment now) => now.Steady >= _leaseExpires + s_lastWords;

    /// <summary>The peer, which serves <paramref name="established"/> connections of ours, refused one more.</summary>
    public void RefusedBeyond(int established, Moment now)
    {
        _peerLimit = Math.Max(1, established);
        _peerLimitUntil = now.Steady + s_refusalMemory;
    }

    /// <summary>Whether a message may be sent under the lease now.</summary>
    public bool MaySend(Moment now) => _messages > 0 && IsInForce(now) && SuspensionAt(now) is null;

    /// <summary>Uses up one message of the lease.</summary>
    public void Sent()
    {
        if (_messages != long.MaxValue)
        {
            _messages--;
        }
    }

    private bool IsInForce(Moment now) => now.Steady < _leaseExpires;
}
