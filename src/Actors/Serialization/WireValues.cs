using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Serialization;

/// <summary>The values that several messages share, to and from the wire.</summary>
internal static class WireValues
{
    public static QueueIdProto ToProto(QueueId id) => new() { TimeAndSpool = id.TimeAndSpool, Sequence = id.Sequence };

    public static QueueId FromProto(QueueIdProto id) => new(id.TimeAndSpool, id.Sequence);

    public static BodyRefProto ToProto(BodyRef body) => new() { Container = body.Container, Position = body.Position, Length = body.Length };

    public static BodyRef FromProto(BodyRefProto body) => new(body.Container, body.Position, body.Length);

    public static ReplyProto ToProto(SmtpReply reply)
    {
        var proto = new ReplyProto { Code = reply.Code };
        if (reply.Enhanced is { } enhanced)
        {
            proto.Enhanced = (enhanced.Class * 1_000_000) + (enhanced.Subject * 1_000) + enhanced.Detail;
        }

        foreach (var line in reply.Lines)
        {
            proto.Lines.Add(line);
        }

        return proto;
    }

    public static SmtpReply FromProto(ReplyProto proto) => new(
        proto.Code,
        proto.Enhanced == 0
            ? null
            : new EnhancedStatusCode(proto.Enhanced / 1_000_000, proto.Enhanced / 1_000 % 1_000, proto.Enhanced % 1_000),
        [.. proto.Lines]);

    public static DateTimeOffset FromMilliseconds(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
