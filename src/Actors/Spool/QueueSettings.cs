using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Spool;

/// <summary>How long and how often delivery is tried.</summary>
/// <param name="Retry">When to try again after a deferral.</param>
/// <param name="Lifetime">After this long a message that is not delivered is bounced.</param>
/// <param name="DelayWarningAfter">After this long the sender is told that the message is late.</param>
public sealed record QueueSettings(RetrySchedule Retry, TimeSpan Lifetime, TimeSpan DelayWarningAfter);
