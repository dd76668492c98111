using MtaCluster.Protocol.Policy;

namespace MtaCluster.Node.Policy;

/// <summary>A policy and its place in a chain.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="TimeLimit">How long it may take to answer one question.</param>
/// <param name="FailsOpen">
/// What a fault of the policy means: true lets the mail pass as if the policy had accepted, false answers 451 4.7.1, so that the client tries again.
/// </param>
internal sealed record PolicyRule(ISmtpPolicy Policy, TimeSpan TimeLimit, bool FailsOpen = false);
