using Akka.Actor;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Destination;

/// <summary>What a node's dispatchers and outbound sessions work with.</summary>
/// <param name="NodeName">Whose leases these are.</param>
/// <param name="Hostname">The name said in EHLO.</param>
/// <param name="Destinations">The shard region of the DestinationActors.</param>
/// <param name="Shaping">Limits that a node keeps by itself: messages per connection, connect time-out.</param>
/// <param name="Hops">Finds the addresses of hosts.</param>
/// <param name="Connector">Opens connections.</param>
/// <param name="Store">The message bodies.</param>
/// <param name="StartTls">Use STARTTLS where it is offered.</param>
/// <param name="Timeouts">How long to wait for a peer at each step.</param>
/// <param name="Time">The clock.</param>
public sealed record EgressServices(
    string NodeName,
    string Hostname,
    IActorRef Destinations,
    ShapingTable Shaping,
    HopResolver Hops,
    ISmtpConnector Connector,
    IMessageStore Store,
    bool StartTls,
    SmtpTimeouts Timeouts,
    TimeProvider Time)
{
    /// <summary>While it is not good, nothing new is sent: the outcome could not be made durable.</summary>
    public StoreHealth Health { get; init; } = new();

    /// <summary>Converts content that a peer does not take as it is; null where nothing can, and such mail bounces.</summary>
    public IBodyConverter? Converter { get; init; }
}
