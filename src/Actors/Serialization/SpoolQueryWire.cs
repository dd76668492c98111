using System.Collections.Immutable;
using System.Runtime.Serialization;
using Google.Protobuf;
using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Serialization;

/// <summary>The queries that spools answer, and their answers, to and from the wire. Manifests are kept for ever.</summary>
internal static class SpoolQueryWire
{
    /// <summary>The manifest of a query or an answer; null for anything else.</summary>
    public static string? ManifestOf(object o) => o switch
    {
        ListMessages => "QL",
        MessagesListed => "AL",
        GetMessage => "QM",
        MessageShown => "AM",
        SummarizeQueue => "QS",
        QueueSummarized => "AS",
        FlushMessages => "QF",
        MessagesFlushed => "AF",
        GetLedger => "QG",
        SpoolLedger => "AG",
        GetBodiesHeld => "QB",
        BodiesHeld => "AB",
        _ => null,
    };

    /// <summary>The wire form of a query or an answer; null for anything else.</summary>
    public static IMessage? ToProto(object o) => o switch
    {
        ListMessages q => new SpoolQueryProto { Spool = q.Spool, Filter = ToProto(q.Filter) },
        SummarizeQueue q => new SpoolQueryProto { Spool = q.Spool, Filter = ToProto(q.Filter) },
        FlushMessages q => new SpoolQueryProto { Spool = q.Spool, Filter = ToProto(q.Filter) },
        GetLedger q => new SpoolQueryProto { Spool = q.Spool },
        GetBodiesHeld q => new SpoolQueryProto { Spool = q.Spool, Container = q.Container },
        GetMessage q => WireValues.ToProto(q.Id),
        MessagesListed a => ToProto(a),
        MessageShown a => new MessageShownProto { Id = WireValues.ToProto(a.Id), Node = a.Node, Message = a.Message is { } m ? ToProto(m) : null },
        QueueSummarized a => ToProto(a),
        MessagesFlushed a => new MessagesFlushedProto { Spool = a.Spool, Node = a.Node, Messages = a.Messages },
        SpoolLedger a => ToProto(a),
        BodiesHeld a => ToProto(a),
        _ => null,
    };

    /// <summary>Reads a query or an answer.</summary>
    /// <exception cref="SerializationException">The manifest is none of those listed.</exception>
    public static object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "QL" => Query(bytes) is var q ? new ListMessages(q.Spool, FromProto(q.Filter)) : null!,
        "QS" => Query(bytes) is var q ? new SummarizeQueue(q.Spool, FromProto(q.Filter)) : null!,
        "QF" => Query(bytes) is var q ? new FlushMessages(q.Spool, FromProto(q.Filter)) : null!,
        "QG" => new GetLedger(Query(bytes).Spool),
        "QB" => Query(bytes) is var q ? new GetBodiesHeld(q.Spool, q.Container) : null!,
        "QM" => new GetMessage(WireValues.FromProto(QueueIdProto.Parser.ParseFrom(bytes))),
        "AL" => FromProto(MessagesListedProto.Parser.ParseFrom(bytes)),
        "AM" => FromProto(MessageShownProto.Parser.ParseFrom(bytes)),
        "AS" => FromProto(QueueSummarizedProto.Parser.ParseFrom(bytes)),
        "AF" => MessagesFlushedProto.Parser.ParseFrom(bytes) is var f ? new MessagesFlushed(f.Spool, f.Node, f.Messages) : null!,
        "AG" => FromProto(SpoolLedgerProto.Parser.ParseFrom(bytes)),
        "AB" => FromProto(BodiesHeldProto.Parser.ParseFrom(bytes)),
        _ => throw new SerializationException($"unknown spool manifest '{manifest}'"),
    };

    private static SpoolQueryProto Query(byte[] bytes) => SpoolQueryProto.Parser.ParseFrom(bytes);

    private static QueueFilterProto ToProto(QueueFilter filter)
    {
        var proto = new QueueFilterProto
        {
            Status = filter.Status is { } status ? ToProto(status) : 0,
            ReceivedBefore = filter.ReceivedBefore?.ToUnixTimeMilliseconds() ?? 0,
            Limit = filter.Limit,
        };
        if (filter.Domain is not null)
        {
            proto.Domain = filter.Domain;
        }

        if (filter.Sender is not null)
        {
            proto.Sender = filter.Sender;
        }

        if (filter.Recipient is not null)
        {
            proto.Recipient = filter.Recipient;
        }

        return proto;
    }

    private static QueueFilter FromProto(QueueFilterProto proto) => new(
        proto.HasDomain ? proto.Domain : null,
        proto.HasSender ? proto.Sender : null,
        proto.HasRecipient ? proto.Recipient : null,
        proto.Status == 0 ? null : StatusOf(proto.Status),
        TimeOf(proto.ReceivedBefore),
        proto.Limit);

    private static MessagesListedProto ToProto(MessagesListed listed)
    {
        var proto = new MessagesListedProto { Spool = listed.Spool, Node = listed.Node, Matching = listed.Matching };
        proto.Messages.AddRange(listed.Messages.Select(ToProto));
        return proto;
    }

    private static MessagesListed FromProto(MessagesListedProto proto)
        => new(proto.Spool, proto.Node, proto.Matching, [.. proto.Messages.Select(FromProto)]);

    private static MessageShown FromProto(MessageShownProto proto)
        => new(WireValues.FromProto(proto.Id), proto.Node, proto.Message is { } message ? FromProto(message) : null);

    private static MessageDescriptionProto ToProto(MessageDescription message)
    {
        var proto = new MessageDescriptionProto
        {
            Id = WireValues.ToProto(message.Id),
            ReversePath = message.ReversePath,
            Octets = message.Octets,
            ReceivedAt = message.ReceivedAt.ToUnixTimeMilliseconds(),
            Status = ToProto(message.Status),
            Options = OptionsWire.ToProto(message.Options),
        };
        proto.Recipients.AddRange(message.Recipients.Select(recipient => new RecipientDescriptionProto
        {
            Address = recipient.Address,
            IsDone = recipient.IsDone,
            Attempts = recipient.Attempts,
            NotBefore = recipient.NotBefore?.ToUnixTimeMilliseconds() ?? 0,
            LastReply = ToProto(recipient.LastReply),
            Options = recipient.Options == RecipientOptions.None ? null : OptionsWire.ToProto(recipient.Options),
        }));
        return proto;
    }

    private static MessageDescription FromProto(MessageDescriptionProto proto) => new(
        WireValues.FromProto(proto.Id),
        proto.ReversePath,
        proto.Octets,
        WireValues.FromMilliseconds(proto.ReceivedAt),
        StatusOf(proto.Status),
        [.. proto.Recipients.Select(recipient => new RecipientDescription(
            recipient.Address, recipient.IsDone, recipient.Attempts, TimeOf(recipient.NotBefore), FromProto(recipient.LastReply))
        {
            Options = recipient.Options is { } options ? OptionsWire.FromProto(options) : RecipientOptions.None,
        })])
    {
        Options = OptionsWire.FromProto(proto.Options),
    };

    private static QueueSummarizedProto ToProto(QueueSummarized summarized)
    {
        var proto = new QueueSummarizedProto { Spool = summarized.Spool, Node = summarized.Node, Messages = summarized.Messages };
        proto.Domains.AddRange(summarized.Domains.Select(domain => new DomainSummaryProto
        {
            Domain = domain.Domain,
            Recipients = domain.Recipients,
            Octets = domain.Octets,
            Oldest = domain.Oldest.ToUnixTimeMilliseconds(),
            NextAttempt = domain.NextAttempt?.ToUnixTimeMilliseconds() ?? 0,
            LastReply = ToProto(domain.LastReply),
        }));
        return proto;
    }

    private static QueueSummarized FromProto(QueueSummarizedProto proto) => new(
        proto.Spool,
        proto.Node,
        proto.Messages,
        [.. proto.Domains.Select(domain => new DomainSummary(
            domain.Domain,
            domain.Recipients,
            domain.Octets,
            WireValues.FromMilliseconds(domain.Oldest),
            TimeOf(domain.NextAttempt),
            FromProto(domain.LastReply)))]);

    private static SpoolLedgerProto ToProto(SpoolLedger ledger)
    {
        var proto = new SpoolLedgerProto
        {
            Spool = ledger.Spool,
            Node = ledger.Node,
            Account = SpoolWire.ToProto(new SpoolAccount(ledger.AcceptedMessages, ledger.Accepted, ledger.Delivered, ledger.Bounced, ledger.Discarded)),
            QueuedMessages = ledger.QueuedMessages,
            Queued = ledger.Queued,
        };
        proto.Suspects.AddRange(ledger.Suspects.Select(WireValues.ToProto));
        return proto;
    }

    private static SpoolLedger FromProto(SpoolLedgerProto proto) => new(
        proto.Spool,
        proto.Node,
        proto.Account.AcceptedMessages,
        proto.Account.Accepted,
        proto.Account.Delivered,
        proto.Account.Bounced,
        proto.Account.Discarded,
        proto.QueuedMessages,
        proto.Queued,
        [.. proto.Suspects.Select(WireValues.FromProto)]);

    private static BodiesHeldProto ToProto(BodiesHeld held)
    {
        var proto = new BodiesHeldProto { Spool = held.Spool, Container = held.Container, SequenceNr = held.SequenceNr };
        proto.Containers.Add(held.Containers);
        proto.Positions.AddRange(held.Positions);
        return proto;
    }

    private static BodiesHeld FromProto(BodiesHeldProto proto)
        => new(proto.Spool, proto.Containers.ToImmutableDictionary(), proto.Container, [.. proto.Positions], proto.SequenceNr);

    private static int ToProto(QueueStatus status) => status switch
    {
        QueueStatus.Waiting => 1,
        QueueStatus.Parked => 2,
        QueueStatus.Active => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "has no wire form"),
    };

    private static QueueStatus StatusOf(int status) => status switch
    {
        1 => QueueStatus.Waiting,
        2 => QueueStatus.Parked,
        3 => QueueStatus.Active,
        _ => throw new SerializationException($"queue status {status} is unknown to this version"),
    };

    private static ReplyProto? ToProto(SmtpReply? reply) => reply is null ? null : WireValues.ToProto(reply);

    private static SmtpReply? FromProto(ReplyProto? proto) => proto is null ? null : WireValues.FromProto(proto);

    private static DateTimeOffset? TimeOf(long milliseconds) => milliseconds == 0 ? null : WireValues.FromMilliseconds(milliseconds);
}
