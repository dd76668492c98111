using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Smtp;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>A message for a spool, wherever it runs: the shard region routes by <see cref="Spool"/>.</summary>
public interface ISpoolCommand
{
    /// <summary>The number of the spool.</summary>
    int Spool { get; }
}

/// <summary>Take this message. Answered with <see cref="MessageEnqueued"/> once it is durable, or <see cref="EnqueueRefused"/>. Repeatable: the id decides.</summary>
public sealed record EnqueueMessage(SubmittedMessage Message) : ISpoolCommand
{
    /// <inheritdoc/>
    public int Spool => Message.Id.Spool;
}

/// <summary>The message is durable in its spool.</summary>
public sealed record MessageEnqueued(QueueId Id);

/// <summary>
/// The journal failed while it wrote the message: whether it is there will be known once the spool is open again. Ask then, with
/// <see cref="WithdrawMessage"/>.
/// </summary>
public sealed record EnqueueInDoubt(QueueId Id);

/// <summary>The message was not taken; <paramref name="Reply"/> is what its client is to be told.</summary>
public sealed record EnqueueRefused(QueueId Id, SmtpReply Reply);

/// <summary>
/// The client waited too long: take the message out, unless it is durable or being written. Answered, at once or when that write has
/// ended, with <see cref="EnqueueRefused"/> (it will not be delivered) or <see cref="MessageEnqueued"/> (too late: it is ours).
/// </summary>
public sealed record WithdrawMessage(QueueId Id) : ISpoolCommand
{
    /// <inheritdoc/>
    public int Spool => Id.Spool;
}

/// <summary>Makes sure that a spool runs; sent to every spool again and again. Nothing happens if it does.</summary>
/// <param name="Spool">The spool.</param>
/// <param name="Confirm">Whether it is to answer, with <see cref="SpoolStarted"/>, once it runs.</param>
public sealed record EnsureSpoolStarted(int Spool, bool Confirm = false) : ISpoolCommand;

/// <summary>A spool runs.</summary>
public sealed record SpoolStarted(int Spool);

/// <summary>End after what is being written has been written. The hand-off message of the shard region.</summary>
public sealed record StopSpool
{
    /// <summary>The only instance.</summary>
    public static readonly StopSpool Instance = new();

    private StopSpool()
    {
    }
}

/// <summary>From a MessageActor to its spool: attempts have ended for some recipients. All of it is journaled as one event.</summary>
/// <param name="Id">The message.</param>
/// <param name="Recipients">The outcomes.</param>
/// <param name="DelayWarned">The sender has now been told of the delay, or there is none to tell.</param>
/// <param name="Reports">The DSNs to accept in the same event, their bodies durable already.</param>
/// <param name="Dispatcher">Where the outcomes came from: told once they are durable. Null when no dispatcher was asked.</param>
internal sealed record RecordAttempt(
    QueueId Id,
    ImmutableArray<RecipientTransition> Recipients,
    bool DelayWarned,
    ImmutableArray<SubmittedMessage> Reports,
    IActorRef? Dispatcher) : INoSerializationVerificationNeeded;

/// <summary>From a spool to a MessageActor: what it asked to be recorded is durable.</summary>
internal sealed record AttemptRecorded : INoSerializationVerificationNeeded
{
    public static readonly AttemptRecorded Instance = new();
}

/// <summary>From a MessageActor to its spool: nothing more to do for now; the message waits for room at the destinations in <paramref name="ParkedAt"/>.</summary>
internal sealed record MessageIdle(QueueId Id, ImmutableArray<DeliveryTarget> ParkedAt) : INoSerializationVerificationNeeded;

/// <summary>From a spool to a MessageActor: the spool moves. What is not at a dispatcher yet is not to be offered any more.</summary>
internal sealed record StopOffering : INoSerializationVerificationNeeded
{
    public static readonly StopOffering Instance = new();
}

/// <summary>From a MessageActor to its spool: it died of a fault of ours. The message waits, and is tried again.</summary>
internal sealed record AttemptAborted(QueueId Id) : INoSerializationVerificationNeeded;

/// <summary>From a dispatcher to a spool: there is room for this many of the messages parked at the destination.</summary>
internal sealed record MailDemand(DestinationKey Destination, int Count) : INoSerializationVerificationNeeded;

/// <summary>From a spool to a dispatcher, in answer: so many are on their way, and whether there are more.</summary>
internal sealed record MailSupplied(int Count, bool HasMore) : INoSerializationVerificationNeeded;

/// <summary>From a spool to the dispatcher of a destination: mail is parked here; ask when there is room.</summary>
internal sealed record MailParked(DeliveryTarget Target, IActorRef Spool) : INoSerializationVerificationNeeded;

/// <summary>From a spool to a dispatcher: the outcomes of this message at the destination are durable.</summary>
internal sealed record OutcomeRecorded(QueueId Id) : INoSerializationVerificationNeeded;
