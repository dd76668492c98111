using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>Where a recipient goes.</summary>
/// <param name="Key">The destination whose limits apply.</param>
/// <param name="Plan">The hosts to try, in order of preference.</param>
public sealed record DeliveryTarget(DestinationKey Key, HopPlan Plan);
