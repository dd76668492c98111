using System.Collections.Immutable;
using System.Runtime.Serialization;
using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Serialization;

/// <summary>Spool events and snapshots, to and from the wire.</summary>
internal static class SpoolWire
{
    public static SpoolEventProto ToProto(SpoolEvent e)
    {
        var proto = new SpoolEventProto();
        proto.Transitions.Capacity = e.Transitions.Length;
        foreach (var transition in e.Transitions)
        {
            proto.Transitions.Add(ToProto(transition));
        }

        return proto;
    }

    public static SpoolEvent FromProto(SpoolEventProto proto)
        => new(ImmutableArray.CreateRange(proto.Transitions.Select(FromProto)));

    public static AcceptedProto ToProto(SubmittedMessage message)
        => ToProto(new SpoolTransition.Accepted(message.Id, message.ReversePath, message.Recipients, message.Body, message.EightBit, message.ReceivedAt)
        {
            Options = message.Options,
            RecipientOptions = message.RecipientOptions,
        });

    public static SubmittedMessage ToSubmitted(AcceptedProto proto)
    {
        var accepted = FromProto(proto);
        return new SubmittedMessage(accepted.Id, accepted.ReversePath, accepted.Recipients, accepted.Body, accepted.EightBit, accepted.ReceivedAt)
        {
            Options = accepted.Options,
            RecipientOptions = accepted.RecipientOptions,
        };
    }

    public static SpoolSnapshotProto ToProto(SpoolSnapshot snapshot)
    {
        var proto = new SpoolSnapshotProto();
        foreach (var message in snapshot.Messages)
        {
            var item = new SnapshotMessageProto { Accepted = ToProto(message.Accepted), DelayWarned = message.DelayWarned };
            foreach (var recipient in message.Recipients)
            {
                item.Recipients.Add(new SnapshotRecipientProto
                {
                    IsDone = recipient.IsDone,
                    Attempts = recipient.Attempts,
                    NotBefore = recipient.NotBeforeMilliseconds,
                    LastReply = recipient.LastReply is { } reply ? WireValues.ToProto(reply) : null,
                });
            }

            proto.Messages.Add(item);
        }

        proto.Account = snapshot.Account is { } account ? ToProto(account) : null;
        return proto;
    }

    public static SpoolSnapshot FromProto(SpoolSnapshotProto proto)
        => new(ImmutableArray.CreateRange(proto.Messages.Select(message => new SnapshotMessage(
            FromProto(message.Accepted),
            message.DelayWarned,
            ImmutableArray.CreateRange(message.Recipients.Select(recipient => new SnapshotRecipient(
                recipient.IsDone,
                recipient.Attempts,
                recipient.NotBefore,
                recipient.LastReply is { } reply ? WireValues.FromProto(reply) : null)))))),
            proto.Account is { } account ? FromProto(account) : null);

    public static SpoolAccountProto ToProto(SpoolAccount account) => new()
    {
        AcceptedMessages = account.AcceptedMessages,
        Accepted = account.Accepted,
        Delivered = account.Delivered,
        Bounced = account.Bounced,
        Discarded = account.Discarded,
    };

    public static SpoolAccount FromProto(SpoolAccountProto proto)
        => new(proto.AcceptedMessages, proto.Accepted, proto.Delivered, proto.Bounced, proto.Discarded);

    private static TransitionProto ToProto(SpoolTransition transition) => transition switch
    {
        SpoolTransition.Accepted accepted => new TransitionProto { Accepted = ToProto(accepted) },
        SpoolTransition.Attempted attempted => new TransitionProto { Attempted = ToProto(attempted) },
        SpoolTransition.DelayWarned warned => new TransitionProto { DelayWarned = WireValues.ToProto(warned.Id) },
        SpoolTransition.Withdrawn withdrawn => new TransitionProto { Withdrawn = WireValues.ToProto(withdrawn.Id) },
        SpoolTransition.Opened opened => new TransitionProto
        {
            Opened = new OpenedProto { Node = opened.Node, At = opened.At.ToUnixTimeMilliseconds() },
        },
        _ => throw new ArgumentException($"{transition.GetType()} has no wire form", nameof(transition)),
    };

    private static SpoolTransition FromProto(TransitionProto proto) => proto.TransitionCase switch
    {
        TransitionProto.TransitionOneofCase.Accepted => FromProto(proto.Accepted),
        TransitionProto.TransitionOneofCase.Attempted => FromProto(proto.Attempted),
        TransitionProto.TransitionOneofCase.DelayWarned => new SpoolTransition.DelayWarned(WireValues.FromProto(proto.DelayWarned)),
        TransitionProto.TransitionOneofCase.Withdrawn => new SpoolTransition.Withdrawn(WireValues.FromProto(proto.Withdrawn)),
        TransitionProto.TransitionOneofCase.Opened => new SpoolTransition.Opened(proto.Opened.Node, WireValues.FromMilliseconds(proto.Opened.At)),
        _ => throw new SerializationException("a spool transition of a kind that this version does not know"),
    };

    private static AcceptedProto ToProto(SpoolTransition.Accepted accepted)
    {
        var proto = new AcceptedProto
        {
            Id = WireValues.ToProto(accepted.Id),
            ReversePath = accepted.ReversePath,
            Body = WireValues.ToProto(accepted.Body),
            EightBit = accepted.EightBit,
            ReceivedAt = accepted.ReceivedAt.ToUnixTimeMilliseconds(),
            Options = OptionsWire.ToProto(accepted.Options),
        };
        foreach (var recipient in accepted.Recipients)
        {
            proto.Recipients.Add(recipient);
        }

        foreach (var options in accepted.RecipientOptions)
        {
            proto.RecipientOptions.Add(OptionsWire.ToProto(options));
        }

        return proto;
    }

    private static SpoolTransition.Accepted FromProto(AcceptedProto proto) => new(
        WireValues.FromProto(proto.Id),
        proto.ReversePath,
        [.. proto.Recipients],
        WireValues.FromProto(proto.Body),
        proto.EightBit,
        WireValues.FromMilliseconds(proto.ReceivedAt))
    {
        Options = OptionsWire.FromProto(proto.Options),
        RecipientOptions = OptionsWire.FromProto(proto.RecipientOptions),
    };

    private static AttemptedProto ToProto(SpoolTransition.Attempted attempted)
    {
        var proto = new AttemptedProto { Id = WireValues.ToProto(attempted.Id) };
        foreach (var recipient in attempted.Recipients)
        {
            proto.Recipients.Add(new RecipientProto
            {
                Index = recipient.Index,
                Kind = ToProto(recipient.Kind),
                Reply = WireValues.ToProto(recipient.Reply),
                NotBefore = recipient.Kind == OutcomeKind.Deferred ? recipient.NotBefore.ToUnixTimeMilliseconds() : 0,
            });
        }

        return proto;
    }

    private static SpoolTransition.Attempted FromProto(AttemptedProto proto) => new(
        WireValues.FromProto(proto.Id),
        ImmutableArray.CreateRange(proto.Recipients.Select(recipient => new RecipientTransition(
            recipient.Index,
            KindOf(recipient.Kind),
            WireValues.FromProto(recipient.Reply),
            WireValues.FromMilliseconds(recipient.NotBefore)))));

    public static int ToProto(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Delivered => 0,
        OutcomeKind.Deferred => 1,
        OutcomeKind.Bounced => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "has no wire form"),
    };

    public static OutcomeKind KindOf(int kind) => kind switch
    {
        0 => OutcomeKind.Delivered,
        1 => OutcomeKind.Deferred,
        2 => OutcomeKind.Bounced,
        _ => throw new SerializationException($"outcome kind {kind} is unknown to this version"),
    };
}
