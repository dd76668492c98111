using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization.Proto;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// The wire form of what destinations journal, snapshot and send. Manifests are kept for ever; one that is not listed is refused.
/// </summary>
public sealed class DestinationSerializer : SerializerWithStringManifest
{
    private const string EventManifest = "E";
    private const string SnapshotManifest = "S";
    private const string RequestManifest = "Q";
    private const string GrantManifest = "G";
    private const string FailureManifest = "F";
    private const string SuccessManifest = "U";

    /// <summary>Made by Akka.</summary>
    public DestinationSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 7002;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        DestinationEvent => EventManifest,
        DestinationSnapshot => SnapshotManifest,
        RequestLease => RequestManifest,
        LeaseGranted => GrantManifest,
        ReportConnectFailure => FailureManifest,
        ReportConnectSuccess => SuccessManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        DestinationEvent e => ToProto(e).ToByteArray(),
        DestinationSnapshot snapshot => ToProto(snapshot).ToByteArray(),
        RequestLease r => Request(r.Destination, r.Node, r.Connections, r.Messages),
        ReportConnectSuccess r => Request(r.Destination, r.Node, r.Connections, r.Messages),
        ReportConnectFailure f => new ConnectFailureProto { Destination = f.Destination.ToString(), Node = f.Node, Reason = f.Reason }.ToByteArray(),
        LeaseGranted lease => ToProto(lease).ToByteArray(),
        _ => throw new ArgumentException($"{obj.GetType()} has no wire form here", nameof(obj)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventManifest => FromProto(DestinationEventProto.Parser.ParseFrom(bytes)),
        SnapshotManifest => new DestinationSnapshot(
            ImmutableArray.CreateRange(DestinationSnapshotProto.Parser.ParseFrom(bytes).Events.Select(FromProto))),
        RequestManifest => LeaseRequestProto.Parser.ParseFrom(bytes) is var r
            ? new RequestLease(Key(r.Destination), r.Node, r.Connections, r.Messages)
            : null!,
        SuccessManifest => LeaseRequestProto.Parser.ParseFrom(bytes) is var s
            ? new ReportConnectSuccess(Key(s.Destination), s.Node, s.Connections, s.Messages)
            : null!,
        FailureManifest => ConnectFailureProto.Parser.ParseFrom(bytes) is var f
            ? new ReportConnectFailure(Key(f.Destination), f.Node, f.Reason)
            : null!,
        GrantManifest => FromProto(LeaseGrantedProto.Parser.ParseFrom(bytes)),
        _ => throw new SerializationException($"unknown destination manifest '{manifest}'"),
    };

    private static byte[] Request(DestinationKey destination, string node, int connections, int messages) => new LeaseRequestProto
    {
        Destination = destination.ToString(),
        Node = node,
        Connections = connections,
        Messages = messages,
    }.ToByteArray();

    private static LeaseGrantedProto ToProto(LeaseGranted lease) => new()
    {
        Destination = lease.Destination.ToString(),
        LeaseId = lease.LeaseId,
        Connections = lease.Connections,
        Messages = lease.Messages,
        ValidFor = (long)lease.ValidFor.TotalMilliseconds,
        BackOffUntil = lease.BackOffUntil?.ToUnixTimeMilliseconds() ?? 0,
    };

    private static LeaseGranted FromProto(LeaseGrantedProto proto) => new(
        Key(proto.Destination),
        proto.LeaseId,
        proto.Connections,
        proto.Messages,
        TimeSpan.FromMilliseconds(proto.ValidFor),
        proto.BackOffUntil == 0 ? null : WireValues.FromMilliseconds(proto.BackOffUntil));

    private static DestinationSnapshotProto ToProto(DestinationSnapshot snapshot)
    {
        var proto = new DestinationSnapshotProto();
        foreach (var e in snapshot.Events)
        {
            proto.Events.Add(ToProto(e));
        }

        return proto;
    }

    private static DestinationEventProto ToProto(DestinationEvent e) => e switch
    {
        DestinationEvent.BackedOff backedOff => new DestinationEventProto
        {
            BackedOff = new BackedOffProto
            {
                Failures = backedOff.Failures,
                Until = backedOff.Until.ToUnixTimeMilliseconds(),
                Reason = backedOff.Reason,
            },
        },
        DestinationEvent.Recovered => new DestinationEventProto { Recovered = true },
        DestinationEvent.RateUsed used => new DestinationEventProto { RateUsedUntil = used.UsedUntil.UtcTicks },
        _ => throw new ArgumentException($"{e.GetType()} has no wire form", nameof(e)),
    };

    private static DestinationEvent FromProto(DestinationEventProto proto) => proto.EventCase switch
    {
        DestinationEventProto.EventOneofCase.BackedOff => new DestinationEvent.BackedOff(
            proto.BackedOff.Failures, WireValues.FromMilliseconds(proto.BackedOff.Until), proto.BackedOff.Reason),
        DestinationEventProto.EventOneofCase.Recovered => new DestinationEvent.Recovered(),
        DestinationEventProto.EventOneofCase.RateUsedUntil => new DestinationEvent.RateUsed(new DateTimeOffset(proto.RateUsedUntil, TimeSpan.Zero)),
        _ => throw new SerializationException("a destination event of a kind that this version does not know"),
    };

    private static DestinationKey Key(string text) => DestinationKey.TryParse(text, out var key)
        ? key
        : throw new SerializationException($"'{text}' names no destination");
}
