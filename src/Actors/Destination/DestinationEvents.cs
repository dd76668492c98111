using System.Collections.Immutable;

namespace MtaCluster.Actors.Destination;

/// <summary>What a destination journals.</summary>
public abstract record DestinationEvent
{
    private DestinationEvent()
    {
    }

    /// <summary>No host could be reached: no mail goes there until <paramref name="Until"/>.</summary>
    public sealed record BackedOff(int Failures, DateTimeOffset Until, string Reason) : DestinationEvent;

    /// <summary>A host was reached again.</summary>
    public sealed record Recovered : DestinationEvent;

    /// <summary>Messages were granted: the rate is used up to <paramref name="UsedUntil"/>.</summary>
    public sealed record RateUsed(DateTimeOffset UsedUntil) : DestinationEvent;

    /// <summary>An authority begins to grant: its leases are numbered above all those of the epochs before.</summary>
    public sealed record EpochBegan(long Epoch) : DestinationEvent;

    /// <summary>What is set aside for these nodes has changed; that of others has not.</summary>
    public sealed record SharesChanged(ImmutableArray<NodeShare> Shares) : DestinationEvent;

    /// <summary>An administrator wants no delivery, until a time or until it is resumed.</summary>
    public sealed record Suspended(string By, string Reason, DateTimeOffset Since, DateTimeOffset? Until) : DestinationEvent;

    /// <summary>An administrator ended a suspension.</summary>
    public sealed record Resumed(string By, DateTimeOffset At) : DestinationEvent;
}

/// <summary>Connections that are set aside for a node: it has no more than these open, whatever else is known of it.</summary>
public readonly record struct NodeShare(string Node, int Connections);

/// <summary>The durable state of a destination: the events that make it.</summary>
public sealed record DestinationSnapshot(ImmutableArray<DestinationEvent> Events);
