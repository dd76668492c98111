using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>A message for a destination, wherever it runs: the shard region routes by <see cref="Destination"/>.</summary>
public interface IDestinationCommand
{
    /// <summary>The destination.</summary>
    DestinationKey Destination { get; }
}

/// <summary>From a node's dispatcher: this node has mail for the destination and would use up to so many connections. Answered with <see cref="LeaseGranted"/>.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Node">The node that asks: a lease is a node's.</param>
/// <param name="Connections">How many connections it could use now; 0 gives the lease back.</param>
/// <param name="Messages">How many messages it could send before it asks again.</param>
public sealed record RequestLease(DestinationKey Destination, string Node, int Connections, int Messages) : IDestinationCommand;

/// <summary>
/// What a node may do at a destination, until the lease expires or the next one replaces it. A lease that is not renewed is worth nothing
/// after <paramref name="ValidFor"/>, on both sides.
/// </summary>
/// <param name="Destination">The destination.</param>
/// <param name="LeaseId">Rises with each lease of the destination: an older one that arrives late is ignored.</param>
/// <param name="Connections">How many connections may be open. 0 while others hold all, or during a back-off.</param>
/// <param name="Messages">How many further messages may be sent under this lease.</param>
/// <param name="ValidFor">How long, counted from when it arrives.</param>
/// <param name="BackOffUntil">The destination is backed off until then, or null. Then one connection is granted, to see whether it is back.</param>
public sealed record LeaseGranted(
    DestinationKey Destination, long LeaseId, int Connections, long Messages, TimeSpan ValidFor, DateTimeOffset? BackOffUntil);

/// <summary>From a dispatcher: no host of the destination could be reached. Answered with <see cref="LeaseGranted"/> that names the back-off.</summary>
public sealed record ReportConnectFailure(DestinationKey Destination, string Node, string Reason) : IDestinationCommand;

/// <summary>From a dispatcher: a host of the destination could be reached; a back-off ends. Answered with <see cref="LeaseGranted"/>.</summary>
public sealed record ReportConnectSuccess(DestinationKey Destination, string Node, int Connections, int Messages) : IDestinationCommand;
