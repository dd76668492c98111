using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Deliver nothing to the destination until it is resumed, or until a time. Durable, and for the whole cluster. Answered with
/// <see cref="DestinationDescription"/>.
/// </summary>
/// <param name="Destination">The destination.</param>
/// <param name="By">Who wants it so, for the audit.</param>
/// <param name="Reason">Why, for those who ask why mail waits.</param>
/// <param name="Until">When it ends by itself; null for never.</param>
public sealed record SuspendDestination(DestinationKey Destination, string By, string Reason, DateTimeOffset? Until) : IDestinationCommand;

/// <summary>End a suspension. Answered with <see cref="DestinationDescription"/>.</summary>
public sealed record ResumeDestination(DestinationKey Destination, string By) : IDestinationCommand;

/// <summary>Tell of a destination. Answered with <see cref="DestinationDescription"/>.</summary>
public sealed record GetDestination(DestinationKey Destination) : IDestinationCommand;

/// <summary>What the authority of a destination knows.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Node">Where the authority runs.</param>
/// <param name="ConnectionLimit">Connections that may be open in the whole cluster.</param>
/// <param name="Rate">The rate, as configured; null for none.</param>
/// <param name="Failures">Failures in a row to reach any host.</param>
/// <param name="BackOffUntil">Backed off until then, or null.</param>
/// <param name="BackOffReason">The reply or fault that caused it, or null.</param>
/// <param name="Suspension">The suspension in force, or null.</param>
/// <param name="Leases">The leases in force.</param>
public sealed record DestinationDescription(
    DestinationKey Destination,
    string Node,
    int ConnectionLimit,
    string? Rate,
    int Failures,
    DateTimeOffset? BackOffUntil,
    string? BackOffReason,
    SuspensionDescription? Suspension,
    ImmutableArray<LeaseDescription> Leases);

/// <summary>A suspension.</summary>
public sealed record SuspensionDescription(string By, string Reason, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>A lease in force.</summary>
public sealed record LeaseDescription(long LeaseId, string Node, int Connections, DateTimeOffset Expires);

/// <summary>Tell of the dispatchers of this node. To the egress actor; answered with <see cref="EgressDescription"/>. Never leaves the node.</summary>
public sealed record GetEgress : INoSerializationVerificationNeeded
{
    /// <summary>The only instance.</summary>
    public static readonly GetEgress Instance = new();
}

/// <summary>The destinations that have mail, or connections, on this node.</summary>
public sealed record EgressDescription(ImmutableArray<DispatcherDescription> Dispatchers) : INoSerializationVerificationNeeded;

/// <summary>A destination as this node's dispatcher sees it.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Ready">Messages ready to be sent.</param>
/// <param name="UnderWay">Messages being sent.</param>
/// <param name="Unrecorded">Messages with an outcome that is not durable yet.</param>
/// <param name="ParkedSpools">Spools that have more mail for it.</param>
/// <param name="LeasedConnections">Connections that the lease allows now.</param>
/// <param name="BackOffUntil">Backed off until then, or null.</param>
/// <param name="Waits">Why nothing more is sent now, in words, or null.</param>
/// <param name="Connections">The outbound connections.</param>
public sealed record DispatcherDescription(
    DestinationKey Destination,
    int Ready,
    int UnderWay,
    int Unrecorded,
    int ParkedSpools,
    int LeasedConnections,
    DateTimeOffset? BackOffUntil,
    string? Waits,
    ImmutableArray<OutboundConnectionDescription> Connections) : INoSerializationVerificationNeeded;

/// <summary>An outbound connection.</summary>
/// <param name="ConnectionId">As in the logs; null while it is being opened.</param>
/// <param name="NextHop">The host and address, or null while it is being opened.</param>
/// <param name="State">opening, sending, idle or closing.</param>
/// <param name="Message">The message under way, or null.</param>
/// <param name="Delivered">Messages sent so far.</param>
/// <param name="Since">When it was opened.</param>
public sealed record OutboundConnectionDescription(
    string? ConnectionId, string? NextHop, string State, QueueId? Message, int Delivered, DateTimeOffset Since);
