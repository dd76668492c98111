using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>What the authority of a destination knows of one node.</summary>
internal sealed class LeaseHolder(string node)
{
    /// <summary>How long a node holds a connection that others wait for.</summary>
    public static readonly TimeSpan TurnLength = TimeSpan.FromSeconds(3);

    /// <summary>Who asks once a second and has not for so long has no demand any more.</summary>
    private static readonly TimeSpan s_demandMemory = TimeSpan.FromSeconds(3);

    private TimeSpan _heardAt;

    public string Node => node;

    /// <summary>Its dispatcher; null until it has spoken to this incarnation.</summary>
    public IActorRef? Dispatcher { get; private set; }

    /// <summary>No more connections than these are open at the node, as far as can be known for certain.</summary>
    public int Share { get; set; }

    /// <summary>When the share is worth nothing, whatever becomes of the node.</summary>
    public TimeSpan Expires { get; set; }

    /// <summary>The last lease that was sent to it; 0 for none in this incarnation.</summary>
    public long LeaseId { get; private set; }

    /// <summary>The connections of that lease.</summary>
    public int Granted { get; private set; }

    /// <summary>Connections that it has work for.</summary>
    public int Wanted { get; private set; }

    /// <summary>Messages that it could send.</summary>
    public int WantedMessages { get; private set; }

    /// <summary>Connections that it may have open, by its own word.</summary>
    public int Open { get; private set; }

    public long AskedAt { get; private set; }

    /// <summary>What it should have.</summary>
    public int Target { get; set; }

    /// <summary>Since when it has had a connection; null while it has none, or its turn is over.</summary>
    public TimeSpan? Turn { get; private set; }

    /// <summary>Since when it has waited for its turn.</summary>
    public TimeSpan WaitsSince { get; private set; }

    public bool HasDemand(TimeSpan now) => Wanted > 0 && now - _heardAt < s_demandMemory;

    /// <summary>Nothing is known of it that matters.</summary>
    public bool IsForgotten(TimeSpan now) => Share == 0 && now - _heardAt >= s_demandMemory;

    public void Hear(IActorRef dispatcher, int wanted, int messages, LeaseHolding holding, TimeSpan now)
    {
        if (!HasDemand(now))
        {
            WaitsSince = now;
        }

        // Only who has taken the last lease can say anything of what it will not open: an earlier word may have been overtaken by that lease.
        if (holding.LeaseId == LeaseId && LeaseId != 0)
        {
            Share = Math.Min(Share, holding.Connections);
        }

        (Dispatcher, Wanted, WantedMessages, Open, AskedAt, _heardAt) = (dispatcher, wanted, messages, holding.Connections, holding.AskedAt, now);
    }

    public void Grant(long leaseId, int connections, TimeSpan now, TimeSpan expires)
    {
        (LeaseId, Granted, Expires) = (leaseId, connections, expires);
        Turn = connections == 0 ? null : Turn ?? now;
    }

    /// <summary>It has had its time: others who wait come first.</summary>
    public void EndTurn(TimeSpan now)
    {
        if (now - Turn >= TurnLength)
        {
            Turn = null;
            WaitsSince = now;
        }
    }
}
