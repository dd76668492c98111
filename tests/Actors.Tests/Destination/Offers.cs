using System.Net;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Tests.Spool;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>Offers for specs.</summary>
internal static class Offers
{
    public static readonly DestinationKey Key = new("[127.0.0.1]:2525");

    public static readonly DeliveryTarget Target = new(Key, new HopPlan([new MxHost("127.0.0.1", 0)], 2525, Lmtp: false, null) { IsConfigured = true });

    public static readonly IPEndPoint EndPoint = new(IPAddress.Loopback, 2525);

    public static DeliveryOffer Offer(int n, IActorRef? spool = null, params string[] recipients) => new(
        Mail.Id(n),
        Target,
        "s@example.org",
        recipients.Length == 0 ? ["r@example.net"] : [.. recipients],
        new BodyRef(1, n, 12),
        false,
        Mail.Start,
        spool ?? ActorRefs.Nobody);

    public static DispatchItem Item(int n) => new(Offer(n), ActorRefs.Nobody);
}
