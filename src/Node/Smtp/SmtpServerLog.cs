using System.Net;
using MtaCluster.Actors;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// What the SMTP server logs. Event ids 2500 to 2599 are its own; an id keeps its meaning for ever, and the ids of lines that are
/// gone are not used again. Next: 2515.
/// </summary>
internal static partial class SmtpServerLog
{
    [LoggerMessage(2500, LogLevel.Information,
        "{QueueId} accepted: connection={ConnectionId} client={Client} helo={Helo} from=<{ReversePath}> "
        + "recipients={Recipients} size={Size} reply=\"{Reply}\"")]
    internal static partial void MessageAccepted(
        this ILogger logger,
        QueueId queueId,
        string connectionId,
        IPAddress client,
        string helo,
        string reversePath,
        int recipients,
        long size,
        string reply);

    [LoggerMessage(2501, LogLevel.Information,
        "{QueueId} refused: connection={ConnectionId} client={Client} helo={Helo} from=<{ReversePath}> "
        + "recipients={Recipients} size={Size} reply=\"{Reply}\"")]
    internal static partial void MessageRefused(
        this ILogger logger,
        QueueId queueId,
        string connectionId,
        IPAddress client,
        string helo,
        string reversePath,
        int recipients,
        long size,
        string reply);

    [LoggerMessage(2502, LogLevel.Information,
        "Sender refused: connection={ConnectionId} client={Client} helo={Helo} from=<{ReversePath}> reply=\"{Reply}\"")]
    internal static partial void SenderRefused(
        this ILogger logger, string connectionId, IPAddress client, string helo, string reversePath, string reply);

    [LoggerMessage(2503, LogLevel.Information,
        "Recipient refused: connection={ConnectionId} client={Client} helo={Helo} from=<{ReversePath}> to=<{Recipient}> reply=\"{Reply}\"")]
    internal static partial void RecipientRefused(
        this ILogger logger, string connectionId, IPAddress client, string helo, string reversePath, string recipient, string reply);

    [LoggerMessage(2504, LogLevel.Error, "The message store failed: connection={ConnectionId} client={Client}")]
    internal static partial void StoreFailed(this ILogger logger, Exception exception, string connectionId, IPAddress client);

    [LoggerMessage(2505, LogLevel.Error,
        "{QueueId} could not be handed over, and its body is left to the sweep: connection={ConnectionId}")]
    internal static partial void HandOverFailed(this ILogger logger, Exception exception, QueueId queueId, string connectionId);

    [LoggerMessage(2506, LogLevel.Debug, "Connection opened: connection={ConnectionId} listener={Listener} client={Client}")]
    internal static partial void ConnectionOpened(this ILogger logger, string connectionId, string listener, IPEndPoint client);

    [LoggerMessage(2507, LogLevel.Debug, "Connection closed: connection={ConnectionId} client={Client} messages={Messages}")]
    internal static partial void ConnectionClosed(this ILogger logger, string connectionId, IPAddress client, int messages);

    [LoggerMessage(2508, LogLevel.Debug, "Connection lost: connection={ConnectionId} client={Client} phase={Phase}")]
    internal static partial void ConnectionLost(
        this ILogger logger, Exception exception, string connectionId, IPAddress client, string phase);

    [LoggerMessage(2509, LogLevel.Information, "Queue run for {Domain} begun by ETRN: connection={ConnectionId} client={Client}")]
    internal static partial void QueueRunBegun(this ILogger logger, string connectionId, IPAddress client, string domain);

    [LoggerMessage(2510, LogLevel.Debug, "The peer speaks for another client: connection={ConnectionId} client={Client} helo={Helo} user={User}")]
    internal static partial void ClientTold(this ILogger logger, string connectionId, IPEndPoint client, string? helo, string? user);

    [LoggerMessage(2511, LogLevel.Warning, "Text that came before TLS was discarded: connection={ConnectionId} client={Client} octets={Octets}")]
    internal static partial void PlainTextDiscarded(this ILogger logger, string connectionId, IPAddress client, long octets);

    [LoggerMessage(2512, LogLevel.Information, "{QueueId} discarded by a policy: connection={ConnectionId} client={Client}")]
    internal static partial void MessageDiscarded(this ILogger logger, QueueId queueId, string connectionId, IPAddress client);

    [LoggerMessage(2513, LogLevel.Warning, "There was no room for the field {Field} of a policy: connection={ConnectionId}")]
    internal static partial void FieldDropped(this ILogger logger, string connectionId, string field);

    [LoggerMessage(2514, LogLevel.Information,
        "{QueueId} came to its peer from elsewhere: connection={ConnectionId} client={Client} origin={Origin} originName={OriginName} "
        + "originHelo={OriginHelo} originProtocol={OriginProtocol} originId={OriginId}")]
    internal static partial void MessageOrigin(
        this ILogger logger,
        QueueId queueId,
        string connectionId,
        IPAddress client,
        IPAddress? origin,
        string? originName,
        string? originHelo,
        string? originProtocol,
        string? originId);
}
