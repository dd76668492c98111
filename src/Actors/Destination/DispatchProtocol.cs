using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Destination;

/// <summary>From a MessageActor to the dispatcher of a destination: deliver this message to these recipients.</summary>
/// <param name="Id">The message.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="ReversePath">In wire form; empty for the null reverse-path.</param>
/// <param name="Recipients">In wire form; all share the destination.</param>
/// <param name="Body">The message body.</param>
/// <param name="EightBit">The body holds octets above 127.</param>
/// <param name="ReceivedAt">When the message was received.</param>
/// <param name="Spool">The spool that owns the message.</param>
internal sealed record DeliveryOffer(
    QueueId Id,
    DeliveryTarget Target,
    string ReversePath,
    ImmutableArray<string> Recipients,
    BodyRef Body,
    bool EightBit,
    DateTimeOffset ReceivedAt,
    IActorRef Spool) : INoSerializationVerificationNeeded
{
    /// <summary>What the sender asked for.</summary>
    public MailOptions Options { get; init; } = MailOptions.None;

    /// <summary>What the sender asked for each recipient, in order; empty if nothing for any.</summary>
    public ImmutableArray<RecipientOptions> RecipientOptions { get; init; } = [];
}

/// <summary>What the next hop took over of what the sender asked for; the rest stays ours to report.</summary>
[Flags]
internal enum HandedOn
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>NOTIFY, RET and so on: it offers DSN (RFC 3461).</summary>
    Notifications = 1,

    /// <summary>BY: it offers DELIVERBY (RFC 2852).</summary>
    DeliverBy = 2,
}

/// <summary>The answer to a <see cref="DeliveryOffer"/>: an attempt was made.</summary>
/// <param name="Id">The message.</param>
/// <param name="Target">Where it went.</param>
/// <param name="Outcomes">For each recipient of the offer, in order.</param>
/// <param name="Path">How it went.</param>
internal sealed record OfferSettled(
    QueueId Id,
    DeliveryTarget Target,
    ImmutableArray<RecipientOutcome> Outcomes,
    DeliveryPath Path) : INoSerializationVerificationNeeded
{
    /// <summary>What the next hop answers for from here on, as far as it took the message.</summary>
    public HandedOn HandedOn { get; init; }
}

/// <summary>The answer to a <see cref="DeliveryOffer"/>: no attempt was made, for there is no room now; <paramref name="Reason"/> says why.</summary>
internal sealed record OfferParked(QueueId Id, DeliveryTarget Target, SmtpReply Reason) : INoSerializationVerificationNeeded;

/// <summary>How an attempt went, for the log.</summary>
internal sealed record DeliveryPath(string? ConnectionId, string? NextHop, string? Tls, DeliveryDelays Delays)
{
    public static readonly DeliveryPath None = new(null, null, null, default);
}

/// <summary>Let deliveries under way finish, start no new ones; answered with <see cref="EgressDrained"/>.</summary>
public sealed record DrainEgress : INoSerializationVerificationNeeded
{
    /// <summary>The only instance.</summary>
    public static readonly DrainEgress Instance = new();
}

/// <summary>Nothing is under way any more, and every outcome is durable.</summary>
public sealed record EgressDrained : INoSerializationVerificationNeeded
{
    /// <summary>The only instance.</summary>
    public static readonly EgressDrained Instance = new();
}

/// <summary>
/// To the egress actor: a spool leaves this node. Its mail that is ready, but not under way, is given back to its MessageActors as
/// <see cref="OfferParked"/>, and it is asked for no more. What is under way goes on.
/// </summary>
/// <param name="Spool">The spool.</param>
public sealed record RecallMail(IActorRef Spool) : INoSerializationVerificationNeeded;

/// <summary>
/// To the egress of another node: a spool runs elsewhere now. What is ready for it is its new owner's to send. What is under way goes on, and
/// <paramref name="Owner"/> hears what comes of it, as of what nobody has made durable yet: its sender gets a <see cref="LeftOutcome"/> for each outcome
/// that is known, and after them <see cref="OutcomesClaimed"/>.
/// </summary>
/// <param name="Spool">The number of the spool.</param>
/// <param name="Owner">The spool as it runs now.</param>
internal sealed record ClaimOutcomes(int Spool, IActorRef Owner) : INoSerializationVerificationNeeded;

/// <summary>From a dispatcher to the new owner of a spool: what came of a delivery for the owner before. Answered with <see cref="OutcomeRecorded"/> once it is durable.</summary>
/// <param name="Recipients">To whom it was, in wire form and in the order of the outcomes.</param>
/// <param name="Settled">The outcomes.</param>
internal sealed record LeftOutcome(ImmutableArray<string> Recipients, OfferSettled Settled) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="ClaimOutcomes"/>.</summary>
/// <param name="Spool">The number of the spool.</param>
/// <param name="UnderWay">Messages that are being delivered there; the owner hears of each when that has ended.</param>
internal sealed record OutcomesClaimed(int Spool, ImmutableArray<QueueId> UnderWay) : INoSerializationVerificationNeeded;

/// <summary>To a dispatcher: answered with <see cref="DispatcherDescription"/>.</summary>
internal sealed record GetDispatcher : INoSerializationVerificationNeeded
{
    public static readonly GetDispatcher Instance = new();
}
