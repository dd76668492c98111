using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Spool;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// The wire form of what spools journal, snapshot and send. Manifests are kept for ever; one that is not listed is refused.
/// </summary>
public sealed class SpoolSerializer : SerializerWithStringManifest
{
    private const string EventManifest = "E";
    private const string SnapshotManifest = "S";
    private const string EnqueueManifest = "Q";
    private const string EnqueuedManifest = "A";
    private const string RefusedManifest = "R";
    private const string WithdrawManifest = "W";
    private const string EnsureStartedManifest = "N";
    private const string StopManifest = "X";

    /// <summary>Made by Akka.</summary>
    public SpoolSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override int Identifier => 7001;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        SpoolEvent => EventManifest,
        SpoolSnapshot => SnapshotManifest,
        EnqueueMessage => EnqueueManifest,
        MessageEnqueued => EnqueuedManifest,
        EnqueueRefused => RefusedManifest,
        WithdrawMessage => WithdrawManifest,
        EnsureSpoolStarted => EnsureStartedManifest,
        StopSpool => StopManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        SpoolEvent e => SpoolWire.ToProto(e).ToByteArray(),
        SpoolSnapshot snapshot => SpoolWire.ToProto(snapshot).ToByteArray(),
        EnqueueMessage enqueue => SpoolWire.ToProto(enqueue.Message).ToByteArray(),
        MessageEnqueued enqueued => WireValues.ToProto(enqueued.Id).ToByteArray(),
        EnqueueRefused refused => new Proto.EnqueueRefusedProto { Id = WireValues.ToProto(refused.Id), Reply = WireValues.ToProto(refused.Reply) }.ToByteArray(),
        WithdrawMessage withdraw => WireValues.ToProto(withdraw.Id).ToByteArray(),
        EnsureSpoolStarted start => new Proto.SpoolNumberProto { Spool = start.Spool }.ToByteArray(),
        StopSpool => [],
        _ => throw new ArgumentException($"{obj.GetType()} has no wire form here", nameof(obj)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventManifest => SpoolWire.FromProto(Proto.SpoolEventProto.Parser.ParseFrom(bytes)),
        SnapshotManifest => SpoolWire.FromProto(Proto.SpoolSnapshotProto.Parser.ParseFrom(bytes)),
        EnqueueManifest => new EnqueueMessage(SpoolWire.ToSubmitted(Proto.AcceptedProto.Parser.ParseFrom(bytes))),
        EnqueuedManifest => new MessageEnqueued(IdOf(bytes)),
        RefusedManifest => Refused(Proto.EnqueueRefusedProto.Parser.ParseFrom(bytes)),
        WithdrawManifest => new WithdrawMessage(IdOf(bytes)),
        EnsureStartedManifest => new EnsureSpoolStarted(Proto.SpoolNumberProto.Parser.ParseFrom(bytes).Spool),
        StopManifest => StopSpool.Instance,
        _ => throw new SerializationException($"unknown spool manifest '{manifest}'"),
    };

    private static QueueId IdOf(byte[] bytes) => WireValues.FromProto(Proto.QueueIdProto.Parser.ParseFrom(bytes));

    private static EnqueueRefused Refused(Proto.EnqueueRefusedProto proto) => new(WireValues.FromProto(proto.Id), WireValues.FromProto(proto.Reply));
}
