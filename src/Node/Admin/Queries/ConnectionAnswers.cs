using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Smtp;

namespace MtaCluster.Node.Admin.Queries;

/// <summary>The inbound sessions of a node.</summary>
internal sealed record InboundAnswer(ImmutableArray<InboundSession> Sessions)
{
    public static InboundAnswer Find(InboundConnections? connections) => new(
    [
        .. (connections?.Describe() ?? []).Select(open => new InboundSession(
            open.ConnectionId, open.Listener, open.Remote, open.Since, open.State, open.Message?.ToString(), open.Messages)),
    ]);
}

/// <summary>An inbound session.</summary>
internal sealed record InboundSession(
    string ConnectionId, string Listener, string Remote, DateTimeOffset Since, string State, string? Message, int Messages);

/// <summary>The destinations that have mail, or connections, on a node.</summary>
internal sealed record EgressAnswer(ImmutableArray<DispatcherAnswer> Dispatchers)
{
    public static async Task<EgressAnswer> FindAsync(IActorRef? egress)
    {
        if (egress is null)
        {
            return new EgressAnswer([]);
        }

        var found = await egress.Ask<EgressDescription>(GetEgress.Instance, ClusterQueries.Timeout / 2).ConfigureAwait(false);
        return new EgressAnswer([.. found.Dispatchers.Select(DispatcherAnswer.Of)]);
    }
}

/// <summary>A destination as the dispatcher of a node sees it.</summary>
internal sealed record DispatcherAnswer(
    string Destination,
    int Ready,
    int UnderWay,
    int Unrecorded,
    int ParkedSpools,
    int LeasedConnections,
    DateTimeOffset? BackOffUntil,
    string? Waits,
    ImmutableArray<OutboundSession> Connections)
{
    public static DispatcherAnswer Of(DispatcherDescription dispatcher) => new(
        dispatcher.Destination.ToString(),
        dispatcher.Ready,
        dispatcher.UnderWay,
        dispatcher.Unrecorded,
        dispatcher.ParkedSpools,
        dispatcher.LeasedConnections,
        dispatcher.BackOffUntil,
        dispatcher.Waits,
        [
            .. dispatcher.Connections.Select(connection => new OutboundSession(
                connection.ConnectionId, connection.NextHop, connection.State, connection.Message?.ToString(), connection.Delivered, connection.Since)),
        ]);
}

/// <summary>An outbound session.</summary>
internal sealed record OutboundSession(
    string? ConnectionId, string? NextHop, string State, string? Message, int Delivered, DateTimeOffset Since);
