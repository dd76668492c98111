using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>Where a queued message is in its life.</summary>
public enum QueueStatus
{
    /// <summary>It waits for the time of its next attempt.</summary>
    Waiting,

    /// <summary>It waits for room at its destinations.</summary>
    Parked,

    /// <summary>There is work on it now: it is routed, ready at a dispatcher, or being delivered.</summary>
    Active,
}

/// <summary>What a spool answers to a query.</summary>
public interface ISpoolAnswer;

/// <summary>Selects queued messages; what is null selects all. Every operation on the queue selects by the same filter.</summary>
/// <param name="Domain">The domain of a recipient that is not done yet, or <c>*.example</c> for every domain below; any case.</param>
/// <param name="Sender">The reverse-path, exactly; empty for the null reverse-path. Any case.</param>
/// <param name="Recipient">A recipient that is not done yet, exactly. Any case.</param>
/// <param name="Status">Where the message is.</param>
/// <param name="ReceivedBefore">Received before this time.</param>
/// <param name="Limit">At most so many from each spool; 0 for no bound where no list is returned.</param>
public sealed record QueueFilter(
    string? Domain = null,
    string? Sender = null,
    string? Recipient = null,
    QueueStatus? Status = null,
    DateTimeOffset? ReceivedBefore = null,
    int Limit = 0);

/// <summary>Which messages does the spool have? Answered with <see cref="MessagesListed"/>.</summary>
public sealed record ListMessages(int Spool, QueueFilter Filter) : ISpoolCommand;

/// <summary>The messages of a spool that a filter selects, oldest first.</summary>
/// <param name="Spool">The spool.</param>
/// <param name="Node">The node that it runs on.</param>
/// <param name="Matching">How many the filter selects in all.</param>
/// <param name="Messages">The first of them, up to the limit.</param>
public sealed record MessagesListed(int Spool, string Node, int Matching, ImmutableArray<MessageDescription> Messages) : ISpoolAnswer;

/// <summary>Tell of one message. Answered with <see cref="MessageShown"/>.</summary>
public sealed record GetMessage(QueueId Id) : ISpoolCommand
{
    /// <inheritdoc/>
    public int Spool => Id.Spool;
}

/// <summary>The message, or null if the spool does not have it: it is finished, or never was.</summary>
public sealed record MessageShown(QueueId Id, string Node, MessageDescription? Message) : ISpoolAnswer;

/// <summary>A queued message.</summary>
/// <param name="Id">The message.</param>
/// <param name="ReversePath">In wire form; empty for the null reverse-path.</param>
/// <param name="Octets">The length of the body.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Recipients">All recipients, done ones included.</param>
public sealed record MessageDescription(
    QueueId Id,
    string ReversePath,
    long Octets,
    DateTimeOffset ReceivedAt,
    QueueStatus Status,
    ImmutableArray<RecipientDescription> Recipients)
{
    /// <summary>What the sender asked for.</summary>
    public MailOptions Options { get; init; } = MailOptions.None;
}

/// <summary>A recipient of a queued message.</summary>
/// <param name="Address">In wire form.</param>
/// <param name="IsDone">Delivered or bounced: see <paramref name="LastReply"/>.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="NotBefore">When it may be tried again; null for at once.</param>
/// <param name="LastReply">The reply that decided the last attempt; null before the first.</param>
public sealed record RecipientDescription(string Address, bool IsDone, int Attempts, DateTimeOffset? NotBefore, SmtpReply? LastReply)
{
    /// <summary>What the sender asked for this recipient.</summary>
    public RecipientOptions Options { get; init; } = RecipientOptions.None;
}

/// <summary>How much mail waits for which domain? Answered with <see cref="QueueSummarized"/>.</summary>
public sealed record SummarizeQueue(int Spool, QueueFilter Filter) : ISpoolCommand;

/// <summary>The queue of a spool by recipient domain.</summary>
public sealed record QueueSummarized(int Spool, string Node, int Messages, ImmutableArray<DomainSummary> Domains) : ISpoolAnswer;

/// <summary>The recipients of a domain that are not done yet.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Recipients">How many.</param>
/// <param name="Octets">The sum of the lengths of their messages.</param>
/// <param name="Oldest">When the oldest of their messages was received.</param>
/// <param name="NextAttempt">The earliest next attempt; null if one may be made at once.</param>
/// <param name="LastReply">The reply of the attempt of the message that has had most of them; null before the first.</param>
public sealed record DomainSummary(
    string Domain, int Recipients, long Octets, DateTimeOffset Oldest, DateTimeOffset? NextAttempt, SmtpReply? LastReply);

/// <summary>Try the selected messages again now, those that wait for a time. Answered with <see cref="MessagesFlushed"/>.</summary>
public sealed record FlushMessages(int Spool, QueueFilter Filter) : ISpoolCommand;

/// <summary>So many messages are tried now that would have waited.</summary>
public sealed record MessagesFlushed(int Spool, string Node, int Messages) : ISpoolAnswer;

/// <summary>What has the spool taken, and what has become of it? Answered with <see cref="SpoolLedger"/>.</summary>
public sealed record GetLedger(int Spool) : ISpoolCommand;

/// <summary>
/// The account of a spool since it was first used, in recipients: at every moment
/// <c>Accepted = Delivered + Bounced + Discarded + Queued</c>, where the sums are counted as events are applied, and <paramref name="Queued"/> is
/// counted over the messages that are there.
/// </summary>
/// <param name="Spool">The spool.</param>
/// <param name="Node">The node that it runs on.</param>
/// <param name="AcceptedMessages">Messages accepted, DSNs of our own included.</param>
/// <param name="Accepted">Their recipients.</param>
/// <param name="Delivered">Recipients delivered.</param>
/// <param name="Bounced">Recipients bounced.</param>
/// <param name="Discarded">Recipients that an administrator discarded.</param>
/// <param name="QueuedMessages">Messages that are there.</param>
/// <param name="Queued">Their recipients that are not done.</param>
/// <param name="Suspects">Messages in which something does not hold: all recipients done and yet there, in hand and without a worker.</param>
public sealed record SpoolLedger(
    int Spool,
    string Node,
    long AcceptedMessages,
    long Accepted,
    long Delivered,
    long Bounced,
    long Discarded,
    int QueuedMessages,
    long Queued,
    ImmutableArray<QueueId> Suspects) : ISpoolAnswer
{
    /// <summary>What the law leaves unexplained: 0, or mail was lost (positive) or made up (negative).</summary>
    public long Difference => Accepted - Delivered - Bounced - Discarded - Queued;
}

/// <summary>
/// How many bodies does the spool hold in each container of the message store, and which in one of them? So the store learns what may be
/// reclaimed. Answered with <see cref="BodiesHeld"/>.
/// </summary>
/// <param name="Spool">The spool.</param>
/// <param name="Container">The container whose positions are to be listed, or 0 for none.</param>
public sealed record GetBodiesHeld(int Spool, long Container) : ISpoolCommand;

/// <summary>The bodies that messages of a spool refer to.</summary>
/// <param name="Spool">The spool.</param>
/// <param name="Containers">How many bodies in each container.</param>
/// <param name="Container">The container that was asked for.</param>
/// <param name="Positions">The positions of the bodies in it.</param>
/// <param name="SequenceNr">The number of the last event in its journal that this answer knows of.</param>
public sealed record BodiesHeld(
    int Spool, ImmutableDictionary<long, int> Containers, long Container, ImmutableArray<long> Positions, long SequenceNr) : ISpoolAnswer;
