using System.Collections.Immutable;
using System.Runtime.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Serialization.Proto;

namespace MtaCluster.Actors.Serialization;

/// <summary>The messages and events of destinations, to and from the wire.</summary>
internal static class DestinationWire
{
    public static IMessage ToProto(object value) => value switch
    {
        DestinationEvent e => ToProto(e),
        DestinationSnapshot snapshot => new DestinationSnapshotProto { Events = { snapshot.Events.Select(ToProto) } },
        RequestLease r => Request(r.Destination, r.Node, r.Connections, r.Messages, r.Holding),
        ReportConnectSuccess r => Request(r.Destination, r.Node, r.Connections, r.Messages, r.Holding),
        ReportConnectFailure f => new ConnectFailureProto
        {
            Destination = f.Destination.ToString(),
            Node = f.Node,
            Reason = f.Reason,
            Holding = ToProto(f.Holding),
        },
        LeaseGranted lease => ToProto(lease),
        SuspendDestination s => new SuspendDestinationProto
        {
            Destination = s.Destination.ToString(),
            By = s.By,
            Reason = s.Reason,
            Until = ToProto(s.Until),
        },
        ResumeDestination r => new ResumeDestinationProto { Destination = r.Destination.ToString(), By = r.By },
        GetDestination g => new GetDestinationProto { Destination = g.Destination.ToString() },
        DestinationDescription description => ToProto(description),
        _ => throw new ArgumentException($"{value.GetType()} has no wire form here", nameof(value)),
    };

    public static DestinationSnapshot FromProto(DestinationSnapshotProto proto) => new([.. proto.Events.Select(FromProto)]);

    public static RequestLease ToRequest(LeaseRequestProto proto)
        => new(Key(proto.Destination), proto.Node, proto.Connections, proto.Messages, FromProto(proto.Holding));

    public static ReportConnectSuccess ToSuccess(LeaseRequestProto proto)
        => new(Key(proto.Destination), proto.Node, proto.Connections, proto.Messages, FromProto(proto.Holding));

    public static ReportConnectFailure FromProto(ConnectFailureProto proto)
        => new(Key(proto.Destination), proto.Node, proto.Reason, FromProto(proto.Holding));

    public static LeaseGranted FromProto(LeaseGrantedProto proto) => new(
        Key(proto.Destination),
        proto.LeaseId,
        proto.Connections,
        proto.Messages,
        TimeSpan.FromMilliseconds(proto.ValidFor),
        FromProto(proto.BackOffUntil),
        proto.AskedAt,
        FromProto(proto.Suspension));

    public static SuspendDestination FromProto(SuspendDestinationProto proto)
        => new(Key(proto.Destination), proto.By, proto.Reason, FromProto(proto.Until));

    public static ResumeDestination FromProto(ResumeDestinationProto proto) => new(Key(proto.Destination), proto.By);

    public static GetDestination FromProto(GetDestinationProto proto) => new(Key(proto.Destination));

    public static DestinationDescription FromProto(DestinationDescriptionProto proto) => new(
        Key(proto.Destination),
        proto.Node,
        proto.ConnectionLimit,
        proto.HasRate ? proto.Rate : null,
        proto.Failures,
        FromProto(proto.BackOffUntil),
        proto.HasBackOffReason ? proto.BackOffReason : null,
        FromProto(proto.Suspension),
        [.. proto.Leases.Select(lease => new LeaseDescription(lease.LeaseId, lease.Node, lease.Connections, WireValues.FromMilliseconds(lease.Expires)))]);

    public static DestinationEvent FromProto(DestinationEventProto proto) => proto.EventCase switch
    {
        DestinationEventProto.EventOneofCase.BackedOff => new DestinationEvent.BackedOff(
            proto.BackedOff.Failures, WireValues.FromMilliseconds(proto.BackedOff.Until), proto.BackedOff.Reason),
        DestinationEventProto.EventOneofCase.Recovered => new DestinationEvent.Recovered(),
        DestinationEventProto.EventOneofCase.RateUsedUntil => new DestinationEvent.RateUsed(new DateTimeOffset(proto.RateUsedUntil, TimeSpan.Zero)),
        DestinationEventProto.EventOneofCase.EpochBegan => new DestinationEvent.EpochBegan(proto.EpochBegan),
        DestinationEventProto.EventOneofCase.SharesChanged => new DestinationEvent.SharesChanged(
            [.. proto.SharesChanged.Shares.Select(share => new NodeShare(share.Node, share.Connections))]),
        DestinationEventProto.EventOneofCase.Suspended => FromProto(proto.Suspended) is { } s
            ? new DestinationEvent.Suspended(s.By, s.Reason, s.Since, s.Until)
            : null!,
        DestinationEventProto.EventOneofCase.Resumed => new DestinationEvent.Resumed(proto.Resumed.By, WireValues.FromMilliseconds(proto.Resumed.At)),
        _ => throw new SerializationException("a destination event of a kind that this version does not know"),
    };

    private static DestinationEventProto ToProto(DestinationEvent e) => e switch
    {
        DestinationEvent.BackedOff b => new DestinationEventProto
        {
            BackedOff = new BackedOffProto { Failures = b.Failures, Until = b.Until.ToUnixTimeMilliseconds(), Reason = b.Reason },
        },
        DestinationEvent.Recovered => new DestinationEventProto { Recovered = true },
        DestinationEvent.RateUsed used => new DestinationEventProto { RateUsedUntil = used.UsedUntil.UtcTicks },
        DestinationEvent.EpochBegan began => new DestinationEventProto { EpochBegan = began.Epoch },
        DestinationEvent.SharesChanged changed => new DestinationEventProto { SharesChanged = ToProto(changed.Shares) },
        DestinationEvent.Suspended s => new DestinationEventProto
        {
            Suspended = ToProto(new SuspensionDescription(s.By, s.Reason, s.Since, s.Until)),
        },
        DestinationEvent.Resumed r => new DestinationEventProto { Resumed = new ResumedProto { By = r.By, At = r.At.ToUnixTimeMilliseconds() } },
        _ => throw new ArgumentException($"{e.GetType()} has no wire form", nameof(e)),
    };

    private static SharesChangedProto ToProto(ImmutableArray<NodeShare> shares)
        => new() { Shares = { shares.Select(share => new NodeShareProto { Node = share.Node, Connections = share.Connections }) } };

    private static LeaseRequestProto Request(DestinationKey destination, string node, int connections, int messages, LeaseHolding holding) => new()
    {
        Destination = destination.ToString(),
        Node = node,
        Connections = connections,
        Messages = messages,
        Holding = ToProto(holding),
    };

    private static LeaseHoldingProto? ToProto(LeaseHolding holding) => holding == default
        ? null
        : new LeaseHoldingProto { LeaseId = holding.LeaseId, Connections = holding.Connections, AskedAt = holding.AskedAt };

    private static LeaseHolding FromProto(LeaseHoldingProto? proto)
        => proto is null ? default : new LeaseHolding(proto.LeaseId, proto.Connections, proto.AskedAt);

    private static LeaseGrantedProto ToProto(LeaseGranted lease) => new()
    {
        Destination = lease.Destination.ToString(),
        LeaseId = lease.LeaseId,
        Connections = lease.Connections,
        Messages = lease.Messages,
        ValidFor = (long)lease.ValidFor.TotalMilliseconds,
        BackOffUntil = ToProto(lease.BackOffUntil),
        AskedAt = lease.AskedAt,
        Suspension = ToProto(lease.Suspension),
    };

    private static DestinationDescriptionProto ToProto(DestinationDescription description)
    {
        var proto = new DestinationDescriptionProto
        {
            Destination = description.Destination.ToString(),
            Node = description.Node,
            ConnectionLimit = description.ConnectionLimit,
            Failures = description.Failures,
            BackOffUntil = ToProto(description.BackOffUntil),
            Suspension = ToProto(description.Suspension),
            Leases = { description.Leases.Select(ToProto) },
        };
        if (description.Rate is { } rate)
        {
            proto.Rate = rate;
        }

        if (description.BackOffReason is { } reason)
        {
            proto.BackOffReason = reason;
        }

        return proto;
    }

    private static LeaseDescriptionProto ToProto(LeaseDescription lease) => new()
    {
        LeaseId = lease.LeaseId,
        Node = lease.Node,
        Connections = lease.Connections,
        Expires = lease.Expires.ToUnixTimeMilliseconds(),
    };

    private static SuspensionProto? ToProto(SuspensionDescription? suspension) => suspension is null ? null : new SuspensionProto
    {
        By = suspension.By,
        Reason = suspension.Reason,
        Since = suspension.Since.ToUnixTimeMilliseconds(),
        Until = ToProto(suspension.Until),
    };

    private static SuspensionDescription? FromProto(SuspensionProto? proto) => proto is null
        ? null
        : new SuspensionDescription(proto.By, proto.Reason, WireValues.FromMilliseconds(proto.Since), FromProto(proto.Until));

    private static long ToProto(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() ?? 0;

    private static DateTimeOffset? FromProto(long milliseconds) => milliseconds == 0 ? null : WireValues.FromMilliseconds(milliseconds);

    private static DestinationKey Key(string text) => DestinationKey.TryParse(text, out var key)
        ? key
        : throw new SerializationException($"'{text}' names no destination");
}
