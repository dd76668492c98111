using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Serialization.Proto;

namespace MtaCluster.Actors.Serialization;

/// <summary>
/// The wire form of what destinations journal, snapshot and send. Manifests are kept for ever; one that is not listed is refused.
/// </summary>
public sealed class DestinationSerializer : WireSerializer
{
    private const string EventManifest = "E";
    private const string SnapshotManifest = "S";
    private const string RequestManifest = "Q";
    private const string GrantManifest = "G";
    private const string FailureManifest = "F";
    private const string SuccessManifest = "U";
    private const string SuspendManifest = "P";
    private const string ResumeManifest = "M";
    private const string GetManifest = "D";
    private const string DescriptionManifest = "N";

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
        SuspendDestination => SuspendManifest,
        ResumeDestination => ResumeManifest,
        GetDestination => GetManifest,
        DestinationDescription => DescriptionManifest,
        _ => throw new ArgumentException($"{o.GetType()} has no manifest here", nameof(o)),
    };

    /// <inheritdoc/>
    protected override IMessage ToWire(object message) => DestinationWire.ToProto(message);

    /// <inheritdoc/>
    protected override bool IsJournaled(object message) => message is DestinationEvent or DestinationSnapshot;

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventManifest => DestinationWire.FromProto(DestinationEventProto.Parser.ParseFrom(bytes)),
        SnapshotManifest => DestinationWire.FromProto(DestinationSnapshotProto.Parser.ParseFrom(bytes)),
        RequestManifest => DestinationWire.ToRequest(LeaseRequestProto.Parser.ParseFrom(bytes)),
        SuccessManifest => DestinationWire.ToSuccess(LeaseRequestProto.Parser.ParseFrom(bytes)),
        FailureManifest => DestinationWire.FromProto(ConnectFailureProto.Parser.ParseFrom(bytes)),
        GrantManifest => DestinationWire.FromProto(LeaseGrantedProto.Parser.ParseFrom(bytes)),
        SuspendManifest => DestinationWire.FromProto(SuspendDestinationProto.Parser.ParseFrom(bytes)),
        ResumeManifest => DestinationWire.FromProto(ResumeDestinationProto.Parser.ParseFrom(bytes)),
        GetManifest => DestinationWire.FromProto(GetDestinationProto.Parser.ParseFrom(bytes)),
        DescriptionManifest => DestinationWire.FromProto(DestinationDescriptionProto.Parser.ParseFrom(bytes)),
        _ => throw new SerializationException($"unknown destination manifest '{manifest}'"),
    };
}
