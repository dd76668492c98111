using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// The wire form of what spools and dispatchers say to each other where they are on different nodes. Manifests are kept for ever; one that is
/// not listed is refused.
/// </summary>
public sealed class EgressSerializer : WireSerializer
{
    private const string OfferManifest = "O";
    private const string SettledManifest = "T";
    private const string OfferParkedManifest = "P";
    private const string MailParkedManifest = "M";
    private const string DemandManifest = "D";
    private const string SuppliedManifest = "U";
    private const string RecordedManifest = "R";
    private const string RecallManifest = "C";
    private const string ClaimManifest = "L";
    private const string LeftManifest = "F";
    private const string ClaimedManifest = "G";

    private readonly ExtendedActorSystem _system;

    /// <summary>Made by Akka.</summary>
    public EgressSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _system = system;
    }

    /// <inheritdoc/>
    public override int Identifier => 7004;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        DeliveryOffer => OfferManifest,
        OfferSettled => SettledManifest,
        OfferParked => OfferParkedManifest,
        MailParked => MailParkedManifest,
        MailDemand => DemandManifest,
        MailSupplied => SuppliedManifest,
        OutcomeRecorded => RecordedManifest,
        RecallMail => RecallManifest,
        ClaimOutcomes => ClaimManifest,
        LeftOutcome => LeftManifest,
        OutcomesClaimed => ClaimedManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    protected override IMessage ToWire(object message) => message switch
    {
        DeliveryOffer offer => ToProto(offer),
        OfferSettled settled => ToProto(settled),
        OfferParked parked => new OfferParkedProto
        {
            Id = WireValues.ToProto(parked.Id),
            Target = ToProto(parked.Target),
            Reason = WireValues.ToProto(parked.Reason),
        },
        MailParked parked => new MailParkedProto { Target = ToProto(parked.Target), Spool = PathOf(parked.Spool) },
        MailDemand demand => new MailDemandProto { Destination = demand.Destination.ToString(), Count = demand.Count },
        MailSupplied supplied => new MailSuppliedProto { Count = supplied.Count, HasMore = supplied.HasMore },
        OutcomeRecorded recorded => WireValues.ToProto(recorded.Id),
        RecallMail recall => new RecallMailProto { Spool = PathOf(recall.Spool) },
        ClaimOutcomes claim => new ClaimOutcomesProto { Spool = claim.Spool, Owner = PathOf(claim.Owner) },
        LeftOutcome left => new LeftOutcomeProto { Recipients = { left.Recipients }, Settled = ToProto(left.Settled) },
        OutcomesClaimed claimed => new OutcomesClaimedProto { Spool = claimed.Spool, UnderWay = { claimed.UnderWay.Select(WireValues.ToProto) } },
        _ => throw new ArgumentException($"{message.GetType()} has no wire form here", nameof(message)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        OfferManifest => FromProto(DeliveryOfferProto.Parser.ParseFrom(bytes)),
        SettledManifest => FromProto(OfferSettledProto.Parser.ParseFrom(bytes)),
        OfferParkedManifest => OfferParkedProto.Parser.ParseFrom(bytes) is var p
            ? new OfferParked(WireValues.FromProto(p.Id), FromProto(p.Target), WireValues.FromProto(p.Reason))
            : null!,
        MailParkedManifest => MailParkedProto.Parser.ParseFrom(bytes) is var m ? new MailParked(FromProto(m.Target), ActorOf(m.Spool)) : null!,
        DemandManifest => MailDemandProto.Parser.ParseFrom(bytes) is var d ? new MailDemand(Key(d.Destination), d.Count) : null!,
        SuppliedManifest => MailSuppliedProto.Parser.ParseFrom(bytes) is var s ? new MailSupplied(s.Count, s.HasMore) : null!,
        RecordedManifest => new OutcomeRecorded(WireValues.FromProto(QueueIdProto.Parser.ParseFrom(bytes))),
        RecallManifest => new RecallMail(ActorOf(RecallMailProto.Parser.ParseFrom(bytes).Spool)),
        ClaimManifest => ClaimOutcomesProto.Parser.ParseFrom(bytes) is var c ? new ClaimOutcomes(c.Spool, ActorOf(c.Owner)) : null!,
        LeftManifest => LeftOutcomeProto.Parser.ParseFrom(bytes) is var l ? new LeftOutcome([.. l.Recipients], FromProto(l.Settled)) : null!,
        ClaimedManifest => OutcomesClaimedProto.Parser.ParseFrom(bytes) is var a
            ? new OutcomesClaimed(a.Spool, [.. a.UnderWay.Select(WireValues.FromProto)])
            : null!,
        _ => throw new SerializationException($"unknown egress manifest '{manifest}'"),
    };

    private static DeliveryOfferProto ToProto(DeliveryOffer offer)
    {
        var proto = new DeliveryOfferProto
        {
            Id = WireValues.ToProto(offer.Id),
            Target = ToProto(offer.Target),
            ReversePath = offer.ReversePath,
            Body = WireValues.ToProto(offer.Body),
            EightBit = offer.EightBit,
            ReceivedAt = offer.ReceivedAt.ToUnixTimeMilliseconds(),
            Spool = PathOf(offer.Spool),
            Options = OptionsWire.ToProto(offer.Options),
        };
        proto.Recipients.AddRange(offer.Recipients);
        proto.RecipientOptions.AddRange(offer.RecipientOptions.Select(OptionsWire.ToProto));
        return proto;
    }

    private DeliveryOffer FromProto(DeliveryOfferProto proto) => new(
        WireValues.FromProto(proto.Id),
        FromProto(proto.Target),
        proto.ReversePath,
        [.. proto.Recipients],
        WireValues.FromProto(proto.Body),
        proto.EightBit,
        WireValues.FromMilliseconds(proto.ReceivedAt),
        ActorOf(proto.Spool))
    {
        Options = OptionsWire.FromProto(proto.Options),
        RecipientOptions = OptionsWire.FromProto(proto.RecipientOptions),
    };

    private static OfferSettledProto ToProto(OfferSettled settled)
    {
        var path = new DeliveryPathProto
        {
            QueueDelay = settled.Path.Delays.Queue.Ticks,
            ConnectDelay = settled.Path.Delays.Connect.Ticks,
            TransmissionDelay = settled.Path.Delays.Transmission.Ticks,
        };
        if (settled.Path.ConnectionId is { } id)
        {
            path.ConnectionId = id;
        }

        if (settled.Path.NextHop is { } hop)
        {
            path.NextHop = hop;
        }

        if (settled.Path.Tls is { } tls)
        {
            path.Tls = tls;
        }

        var proto = new OfferSettledProto { Id = WireValues.ToProto(settled.Id), Target = ToProto(settled.Target), Path = path, HandedOn = (int)settled.HandedOn };
        proto.Outcomes.AddRange(settled.Outcomes.Select(outcome => new RecipientOutcomeProto
        {
            Kind = SpoolWire.ToProto(outcome.Kind),
            Scope = ToProto(outcome.Scope),
            Reply = WireValues.ToProto(outcome.Reply),
        }));
        return proto;
    }

    private static OfferSettled FromProto(OfferSettledProto proto) => new(
        WireValues.FromProto(proto.Id),
        FromProto(proto.Target),
        [.. proto.Outcomes.Select(outcome => new RecipientOutcome(
            SpoolWire.KindOf(outcome.Kind), ScopeOf(outcome.Scope), WireValues.FromProto(outcome.Reply)))],
        new DeliveryPath(
            proto.Path.HasConnectionId ? proto.Path.ConnectionId : null,
            proto.Path.HasNextHop ? proto.Path.NextHop : null,
            proto.Path.HasTls ? proto.Path.Tls : null,
            new DeliveryDelays(
                TimeSpan.FromTicks(proto.Path.QueueDelay),
                TimeSpan.FromTicks(proto.Path.ConnectDelay),
                TimeSpan.FromTicks(proto.Path.TransmissionDelay))))
    {
        HandedOn = (HandedOn)proto.HandedOn,
    };

    private static DeliveryTargetProto ToProto(DeliveryTarget target)
    {
        var proto = new DeliveryTargetProto
        {
            Destination = target.Key.ToString(),
            Port = target.Plan.Port,
            Lmtp = target.Plan.Lmtp,
            IsConfigured = target.Plan.IsConfigured,
        };
        if (target.Plan.UnixPath is { } path)
        {
            proto.UnixPath = path;
        }

        proto.Hosts.AddRange(target.Plan.Hosts.Select(host => new MxHostProto { Name = host.Name, Preference = host.Preference }));
        return proto;
    }

    private static DeliveryTarget FromProto(DeliveryTargetProto proto) => new(
        Key(proto.Destination),
        new HopPlan(
            [.. proto.Hosts.Select(host => new MxHost(host.Name, host.Preference))],
            proto.Port,
            proto.Lmtp,
            proto.HasUnixPath ? proto.UnixPath : null)
        {
            IsConfigured = proto.IsConfigured,
        });

    private static int ToProto(FailureScope scope) => scope switch
    {
        FailureScope.None => 0,
        FailureScope.Recipient => 1,
        FailureScope.Message => 2,
        FailureScope.Session => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "has no wire form"),
    };

    private static FailureScope ScopeOf(int scope) => scope switch
    {
        0 => FailureScope.None,
        1 => FailureScope.Recipient,
        2 => FailureScope.Message,
        3 => FailureScope.Session,
        _ => throw new SerializationException($"failure scope {scope} is unknown to this version"),
    };

    private static string PathOf(IActorRef actor) => Akka.Serialization.Serialization.SerializedActorPath(actor);

    private IActorRef ActorOf(string path) => _system.Provider.ResolveActorRef(path);

    private static DestinationKey Key(string text) => DestinationKey.TryParse(text, out var key)
        ? key
        : throw new SerializationException($"'{text}' names no destination");
}
