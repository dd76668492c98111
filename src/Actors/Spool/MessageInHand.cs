using System.Collections.Immutable;
using MtaCluster.Actors.Storage;

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
    public static MessageInHand Of(QueuedMessage message)
    {
        var (reversePath, addresses) = message.Envelope();
        var recipients = ImmutableArray.CreateBuilder<RecipientInHand>(addresses.Length);
        for (var i = 0; i < addresses.Length; i++)
        {
            ref readonly var recipient = ref message.Recipients[i];
            recipients.Add(new RecipientInHand(addresses[i], recipient.IsPending, recipient.Attempts, recipient.NotBeforeMilliseconds));
        }

        return new MessageInHand(
            message.Id,
            reversePath,
            recipients.MoveToImmutable(),
            message.Body,
            message.EightBit,
            DateTimeOffset.FromUnixTimeMilliseconds(message.ReceivedAtMilliseconds),
            message.DelayWarned);
    }
}

/// <summary>One recipient of a message in hand.</summary>
internal readonly record struct RecipientInHand(string Address, bool IsPending, int Attempts, long NotBeforeMilliseconds)
{
    public bool IsDueAt(long nowMilliseconds) => IsPending && NotBeforeMilliseconds <= nowMilliseconds;
}
