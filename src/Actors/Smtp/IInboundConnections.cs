using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Smtp;

/// <summary>Who is at the other end of an inbound connection.</summary>
public sealed record InboundConnectionInfo(string ConnectionId, string Listener, IPEndPoint Remote, IPEndPoint Local);

/// <summary>A message whose body is durable, on its way to a spool.</summary>
/// <param name="Id">From <see cref="IInboundConnection.NewQueueId"/>.</param>
/// <param name="ReversePath">The mailbox in wire form, or empty for the null reverse-path.</param>
/// <param name="Recipients">The mailboxes in wire form, in the order of their RCPT commands, without repetitions.</param>
/// <param name="Body">The durable body.</param>
/// <param name="EightBit">The body holds octets above 127.</param>
/// <param name="ReceivedAt">When the final dot came.</param>
public sealed record SubmittedMessage(
    QueueId Id,
    string ReversePath,
    ImmutableArray<string> Recipients,
    BodyRef Body,
    bool EightBit,
    DateTimeOffset ReceivedAt)
{
    /// <summary>What the sender asked for.</summary>
    public MailOptions Options { get; init; } = MailOptions.None;

    /// <summary>What the sender asked for each recipient, in the order of <see cref="Recipients"/>; empty if nothing for any.</summary>
    public ImmutableArray<RecipientOptions> RecipientOptions { get; init; } = [];
}

/// <summary>The way from the socket to the actors: one <see cref="IInboundConnection"/>, and behind it one ConnectionActor, per session.</summary>
public interface IInboundConnections
{
    /// <summary>Cancelled when the node begins to drain: sessions answer 421 to their next command and close.</summary>
    CancellationToken Draining { get; }

    /// <summary>Registers a session.</summary>
    IInboundConnection Open(InboundConnectionInfo info);
}

/// <summary>One inbound session, as the socket side sees it. Disposed when the session ends.</summary>
public interface IInboundConnection : IDisposable
{
    /// <summary>False while nothing can be made durable: then no message is to be read.</summary>
    bool MayAccept { get; }

    /// <summary>An id for the next message, which names the spool that will own it.</summary>
    QueueId NewQueueId();

    /// <summary>
    /// Hands over a message. Completes with null once the message is durable in its spool: only then may 250 be said. Otherwise
    /// with the 4xx reply to give: then it will not be delivered.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is not known whether the message was taken: there is no true reply.</exception>
    Task<SmtpReply?> AcceptAsync(SubmittedMessage message);
}
