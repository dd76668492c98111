using MtaCluster.Actors;
using MtaCluster.Actors.Smtp;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>Which line of <see cref="SmtpServerLog"/> a step of a session is worth.</summary>
internal static class SmtpSessionLog
{
    /// <summary>A sender or a recipient that was refused. Other errors are the client's own affair, and bounded by the policy.</summary>
    internal static void Refusal(
        this ILogger logger, InboundConnectionInfo info, SmtpServerState state, SmtpCommand command, WireReply reply)
    {
        if (reply.Reply.IsPositive)
        {
            return;
        }

        var client = info.Remote.Address;
        switch (command)
        {
            case SmtpCommand.Mail mail:
                logger.SenderRefused(info.ConnectionId, client, state.HelloName, mail.Path.ToString(), reply.ToString());
                break;
            case SmtpCommand.Rcpt rcpt:
                logger.RecipientRefused(
                    info.ConnectionId, client, state.HelloName, state.ReversePath.ToString(), rcpt.Path.ToString(), reply.ToString());
                break;
            default:
                break;
        }
    }

    /// <summary>A message that was read to its end.</summary>
    internal static void Outcome(
        this ILogger logger, InboundConnectionInfo info, SmtpServerState state, QueueId id, long size, WireReply reply)
    {
        var client = info.Remote.Address;
        var reversePath = state.ReversePath.ToString();
        var recipients = state.Recipients.Count;
        if (reply.Reply.IsPositive)
        {
            logger.MessageAccepted(id, info.ConnectionId, client, state.HelloName, reversePath, recipients, size, reply.ToString());
        }
        else
        {
            logger.MessageRefused(id, info.ConnectionId, client, state.HelloName, reversePath, recipients, size, reply.ToString());
        }

        if (state.Origin is { } origin)
        {
            logger.MessageOrigin(id, info.ConnectionId, client, origin.Address, origin.Name, origin.Hello, origin.Protocol, origin.Identity);
        }
    }
}
