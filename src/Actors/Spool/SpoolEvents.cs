using System.Collections.Immutable;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>What a spool journals: the transitions that gathered while the write before was under way, in order. One event is one journal row.</summary>
public sealed record SpoolEvent(ImmutableArray<SpoolTransition> Transitions);

/// <summary>One change of a spool. Carries its own times, so that replay is deterministic.</summary>
public abstract record SpoolTransition
{
    private SpoolTransition()
    {
    }

    /// <summary>
    /// A new incarnation of the spool began to work. Written before anything else: a second owner of the same spool fails here, on
    /// the journal's unique index, before it accepts or delivers anything.
    /// </summary>
    public sealed record Opened(string Node, DateTimeOffset At) : SpoolTransition;

    /// <summary>A message was accepted: from here on the spool answers for every recipient.</summary>
    /// <param name="Id">The message.</param>
    /// <param name="ReversePath">In wire form; empty for the null reverse-path.</param>
    /// <param name="Recipients">In wire form.</param>
    /// <param name="Body">The durable body.</param>
    /// <param name="EightBit">The body holds octets above 127.</param>
    /// <param name="ReceivedAt">When it was received; its lifetime counts from here.</param>
    public sealed record Accepted(
        QueueId Id,
        string ReversePath,
        ImmutableArray<string> Recipients,
        BodyRef Body,
        bool EightBit,
        DateTimeOffset ReceivedAt) : SpoolTransition
    {
        /// <summary>What the sender asked for.</summary>
        public MailOptions Options { get; init; } = MailOptions.None;

        /// <summary>What the sender asked for each recipient, in the order of <see cref="Recipients"/>; empty if nothing for any.</summary>
        public ImmutableArray<RecipientOptions> RecipientOptions { get; init; } = [];
    }

    /// <summary>Attempts ended for some recipients of a message. The message is finished once all its recipients are.</summary>
    public sealed record Attempted(QueueId Id, ImmutableArray<RecipientTransition> Recipients) : SpoolTransition;

    /// <summary>The sender has been told that the message is late.</summary>
    public sealed record DelayWarned(QueueId Id) : SpoolTransition;

    /// <summary>The message left the spool without an outcome: its client was told 4xx.</summary>
    public sealed record Withdrawn(QueueId Id) : SpoolTransition;
}

/// <summary>The outcome of one attempt for one recipient.</summary>
/// <param name="Index">The recipient's place in <see cref="SpoolTransition.Accepted.Recipients"/>.</param>
/// <param name="Kind">Delivered and bounced end the recipient; deferred keeps it.</param>
/// <param name="Reply">The reply that decided it.</param>
/// <param name="NotBefore">For a deferral: when to try again.</param>
public readonly record struct RecipientTransition(int Index, OutcomeKind Kind, SmtpReply Reply, DateTimeOffset NotBefore);
