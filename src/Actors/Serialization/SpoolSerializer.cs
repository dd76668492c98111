using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Telemetry;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// The wire form of what spools journal, snapshot and send. Manifests are kept for ever; one that is not listed is refused.
/// </summary>
public sealed class SpoolSerializer : WireSerializer
{
    private const string EventManifest = "E";
    private const string SnapshotManifest = "S";
    private const string EnqueueManifest = "Q";
    private const string EnqueuedManifest = "A";
    private const string RefusedManifest = "R";
    private const string InDoubtManifest = "D";
    private const string WithdrawManifest = "W";
    private const string EnsureStartedManifest = "N";
    private const string StartedManifest = "O";
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
        EnqueueInDoubt => InDoubtManifest,
        WithdrawMessage => WithdrawManifest,
        EnsureSpoolStarted => EnsureStartedManifest,
        SpoolStarted => StartedManifest,
        StopSpool => StopManifest,
        _ => SpoolQueryWire.ManifestOf(o) ?? throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    protected override IMessage ToWire(object message) => message switch
    {
        SpoolEvent e => SpoolWire.ToProto(e),
        SpoolSnapshot snapshot => SpoolWire.ToProto(snapshot),
        EnqueueMessage enqueue => SpoolWire.ToProto(enqueue.Message),
        MessageEnqueued enqueued => WireValues.ToProto(enqueued.Id),
        EnqueueRefused refused => new Proto.EnqueueRefusedProto { Id = WireValues.ToProto(refused.Id), Reply = WireValues.ToProto(refused.Reply) },
        EnqueueInDoubt doubt => WireValues.ToProto(doubt.Id),
        WithdrawMessage withdraw => WireValues.ToProto(withdraw.Id),
        EnsureSpoolStarted start => new Proto.SpoolNumberProto { Spool = start.Spool, Confirm = start.Confirm },
        SpoolStarted started => new Proto.SpoolNumberProto { Spool = started.Spool },
        StopSpool => new Proto.SpoolNumberProto(),
        _ => SpoolQueryWire.ToProto(message) ?? throw new ArgumentException($"{message.GetType()} has no wire form here", nameof(message)),
    };

    /// <inheritdoc/>
    protected override bool IsJournaled(object message) => message is SpoolEvent or SpoolSnapshot;

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventManifest => SpoolWire.FromProto(Proto.SpoolEventProto.Parser.ParseFrom(bytes)),
        SnapshotManifest => SpoolWire.FromProto(Proto.SpoolSnapshotProto.Parser.ParseFrom(bytes)),
        EnqueueManifest => new EnqueueMessage(SpoolWire.ToSubmitted(Proto.AcceptedProto.Parser.ParseFrom(bytes))),
        EnqueuedManifest => new MessageEnqueued(IdOf(bytes)),
        RefusedManifest => Refused(Proto.EnqueueRefusedProto.Parser.ParseFrom(bytes)),
        InDoubtManifest => new EnqueueInDoubt(IdOf(bytes)),
        WithdrawManifest => new WithdrawMessage(IdOf(bytes)),
        EnsureStartedManifest => EnsureStarted(Proto.SpoolNumberProto.Parser.ParseFrom(bytes)),
        StartedManifest => new SpoolStarted(Proto.SpoolNumberProto.Parser.ParseFrom(bytes).Spool),
        StopManifest => StopSpool.Instance,
        _ => SpoolQueryWire.FromBinary(bytes, manifest),
    };

    private static QueueId IdOf(byte[] bytes) => WireValues.FromProto(Proto.QueueIdProto.Parser.ParseFrom(bytes));

    private static EnsureSpoolStarted EnsureStarted(Proto.SpoolNumberProto proto) => new(proto.Spool, proto.Confirm);

    private static EnqueueRefused Refused(Proto.EnqueueRefusedProto proto) => new(WireValues.FromProto(proto.Id), WireValues.FromProto(proto.Reply));
}
