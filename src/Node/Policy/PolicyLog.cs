using MtaCluster.Protocol.Policy;

namespace MtaCluster.Node.Policy;

/// <summary>What the policy chain logs. Event ids 2690 to 2699 are its own. Next: 2692.</summary>
internal static partial class PolicyLog
{
    [LoggerMessage(2690, LogLevel.Error, "Policy {Policy} failed at {Stage}: connection={ConnectionId} outcome={Outcome}", EventName = "PolicyFailed")]
    internal static partial void PolicyFailed(
        this ILogger logger, Exception exception, string policy, PolicyStage stage, string connectionId, string outcome);

    [LoggerMessage(2691, LogLevel.Error,
        "Policy {Policy} did not answer at {Stage} within {Limit}: connection={ConnectionId} outcome={Outcome}", EventName = "PolicyTimedOut")]
    internal static partial void PolicyTimedOut(
        this ILogger logger, string policy, PolicyStage stage, TimeSpan limit, string connectionId, string outcome);
}
