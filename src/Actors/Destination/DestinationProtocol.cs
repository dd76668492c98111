using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>A message for a destination, wherever it runs: the shard region routes by <see cref="Destination"/>.</summary>
public interface IDestinationCommand
{
    /// <summary>The destination.</summary>
    DestinationKey Destination { get; }
}

/// <summary>
/// What a dispatcher says of itself whenever it speaks to the authority: by this alone the authority learns that connections are closed.
/// </summary>
/// <param name="LeaseId">The last lease that it took; 0 for none.</param>
/// <param name="Connections">No more than these are open, and no more will be before it takes another lease.</param>
/// <param name="AskedAt">When it speaks, by its own steady clock, in ticks of 100 ns. The answer repeats it, for its lease counts from then.</param>
public readonly record struct LeaseHolding(long LeaseId, int Connections, long AskedAt);

/// <summary>From a node's dispatcher: this node has mail for the destination and would use up to so many connections. Answered with <see cref="LeaseGranted"/>.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Node">The node that asks: a lease is a node's.</param>
/// <param name="Connections">How many connections it has work for now, busy ones included.</param>
/// <param name="Messages">How many messages it could send before it asks again.</param>
/// <param name="Holding">What it holds.</param>
public sealed record RequestLease(DestinationKey Destination, string Node, int Connections, int Messages, LeaseHolding Holding = default) : IDestinationCommand;

/// <summary>
/// What a node may do at a destination, until the lease expires or the next one replaces it. May come more than once for one request:
/// when connections become free that it was waiting for.
/// </summary>
/// <param name="Destination">The destination.</param>
/// <param name="LeaseId">Rises with each lease of the destination, whoever grants it: an older one that arrives late is ignored.</param>
/// <param name="Connections">How many connections may be open. 0 while others hold all, or during a back-off or suspension.</param>
/// <param name="Messages">How many further messages may be sent under this lease.</param>
/// <param name="ValidFor">How long, counted from <paramref name="AskedAt"/>: time that the answer took is not added to it.</param>
/// <param name="BackOffUntil">The destination is backed off until then, or null. Then one connection is granted, to see whether it is back.</param>
/// <param name="AskedAt">The <see cref="LeaseHolding.AskedAt"/> of the request that this answers.</param>
/// <param name="Suspension">Nothing is to be delivered, and why; or null.</param>
public sealed record LeaseGranted(
    DestinationKey Destination,
    long LeaseId,
    int Connections,
    long Messages,
    TimeSpan ValidFor,
    DateTimeOffset? BackOffUntil,
    long AskedAt,
    SuspensionDescription? Suspension = null);

/// <summary>From a dispatcher: no host of the destination could be reached. Answered with <see cref="LeaseGranted"/> that names the back-off.</summary>
public sealed record ReportConnectFailure(DestinationKey Destination, string Node, string Reason, LeaseHolding Holding = default) : IDestinationCommand;

/// <summary>From a dispatcher: a host of the destination could be reached; a back-off ends. Answered with <see cref="LeaseGranted"/>.</summary>
public sealed record ReportConnectSuccess(DestinationKey Destination, string Node, int Connections, int Messages, LeaseHolding Holding = default) : IDestinationCommand;
