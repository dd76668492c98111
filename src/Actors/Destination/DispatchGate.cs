namespace MtaCluster.Actors.Destination;

/// <summary>
/// What a dispatcher may do right now: the lease it holds, the back-off of its destination, and the connections that the peer itself
/// was seen to refuse. Pure: the time is given.
/// </summary>
internal sealed class DispatchGate
{
    /// <summary>How long fewer connections are used after a peer that talks to us refused one more.</summary>
    private static readonly TimeSpan s_refusalMemory = TimeSpan.FromSeconds(60);

    private long _leaseId;
    private int _leasedConnections;
    private long _messages;
    private DateTimeOffset _leaseExpires;
    private int _peerLimit = int.MaxValue;
    private DateTimeOffset _peerLimitUntil;

    /// <summary>When the destination may be tried again; null while it is not backed off.</summary>
    public DateTimeOffset? BackOffUntil { get; private set; }

    /// <summary>Messages left under the lease; <see cref="long.MaxValue"/> without a rate.</summary>
    public long MessagesLeft(DateTimeOffset now) => now < _leaseExpires ? _messages : 0;

    /// <summary>Takes a lease in place of the one before; one that was overtaken is ignored.</summary>
    public void Take(LeaseGranted lease, DateTimeOffset now)
    {
        if (lease.LeaseId <= _leaseId)
        {
            return;
        }

        // What is left of a lease in force was counted when it was granted: the new one adds to it.
        var left = now < _leaseExpires && lease.Messages != long.MaxValue ? _messages : 0;
        _leaseId = lease.LeaseId;
        _leasedConnections = lease.Connections;
        _messages = lease.Messages + left;
        _leaseExpires = now + lease.ValidFor;
        BackOffUntil = lease.BackOffUntil;
    }

    /// <summary>Backs off before the authority has said for how long: nothing until it answers.</summary>
    public void BackOff(DateTimeOffset now)
    {
        _leasedConnections = 0;
        BackOffUntil = now + DestinationActor.LeaseDuration;
    }

    /// <summary>The destination is left alone now.</summary>
    public bool IsBackedOff(DateTimeOffset now) => BackOffUntil > now;

    /// <summary>How many connections may be open.</summary>
    public int AllowedConnections(DateTimeOffset now)
    {
        if (now >= _leaseExpires || IsBackedOff(now))
        {
            return 0;
        }

        return now < _peerLimitUntil ? Math.Min(_leasedConnections, _peerLimit) : _leasedConnections;
    }

    /// <summary>The peer, which serves <paramref name="established"/> connections of ours, refused one more.</summary>
    public void RefusedBeyond(int established, DateTimeOffset now)
    {
        _peerLimit = Math.Max(1, established);
        _peerLimitUntil = now + s_refusalMemory;
    }

    /// <summary>Whether a message may be sent under the lease now.</summary>
    public bool MaySend(DateTimeOffset now) => _messages > 0 && now < _leaseExpires;

    /// <summary>Uses up one message of the lease.</summary>
    public void Sent()
    {
        if (_messages != long.MaxValue)
        {
            _messages--;
        }
    }
}
