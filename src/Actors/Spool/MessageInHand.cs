using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>A message as its MessageActor sees it: the envelope unpacked, and where each recipient stands.</summary>
internal sealed record MessageInHand(
    QueueId Id,
    string ReversePath,
    ImmutableArray<RecipientInHand> Recipients,
    BodyRef Body,
    bool EightBit,
    DateTimeOffset ReceivedAt,
    bool DelayWarned)
{
    /// <summary>What the sender asked for.</summary>
    public MailOptions Options { get; init; } = MailOptions.None;

    /// <summary>The sender asked for something for some recipient.</summary>
    public bool HasRecipientOptions { get; init; }

    /// <summary>What came of deliveries that other nodes made for the owner before of the spool, and is not durable yet.</summary>
    public ImmutableArray<InheritedOutcome> Inherited { get; init; } = [];

    public static MessageInHand Of(QueuedMessage message)
    {
        var (reversePath, addresses) = message.Envelope();
        var (options, recipientOptions) = message.Options();
        var recipients = ImmutableArray.CreateBuilder<RecipientInHand>(addresses.Length);
        for (var i = 0; i < addresses.Length; i++)
        {
            ref readonly var recipient = ref message.Recipients[i];
            recipients.Add(new RecipientInHand(
                addresses[i],
                recipient.IsPending,
                recipient.Attempts,
                recipient.NotBeforeMilliseconds,
                recipientOptions.IsEmpty ? RecipientOptions.None : recipientOptions[i],
                recipient.LastReply));
        }

        return new MessageInHand(
            message.Id,
            reversePath,
            recipients.MoveToImmutable(),
            message.Body,
            message.EightBit,
            DateTimeOffset.FromUnixTimeMilliseconds(message.ReceivedAtMilliseconds),
            message.DelayWarned)
        {
            Options = options,
            HasRecipientOptions = !recipientOptions.IsEmpty,
        };
    }
}

/// <summary>One recipient of a message in hand.</summary>
internal readonly record struct RecipientInHand(
    string Address, bool IsPending, int Attempts, long NotBeforeMilliseconds, RecipientOptions Options, SmtpReply? LastReply)
{
    public bool IsDueAt(long nowMilliseconds) => IsPending && NotBeforeMilliseconds <= nowMilliseconds;
}

/// <summary>An outcome that another node brought about, and the dispatcher to tell once it is durable.</summary>
internal readonly record struct InheritedOutcome(LeftOutcome Left, IActorRef Dispatcher);
