using Akka.Actor;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <content>What clients hand in, and take back when they have waited too long.</content>
internal sealed partial class SpoolActor
{
    private const int MaximumWithdrawn = 10_000;

    private static readonly SmtpReply s_notTaken = new(451, new EnhancedStatusCode(4, 3, 0), "Message was not stored in time, try again later");
    private static readonly SmtpReply s_stopping = new(451, new EnhancedStatusCode(4, 3, 2), "Queue is moving, try again later");

    private readonly HashSet<QueueId> _withdrawn = [];

    private void Enqueue(EnqueueMessage command)
    {
        var message = command.Message;
        if (_stopping)
        {
            Sender.Tell(new EnqueueRefused(message.Id, s_stopping));
        }
        else if (_withdrawn.Remove(message.Id))
        {
            Sender.Tell(new EnqueueRefused(message.Id, s_notTaken));
        }
        else if (_state.Find(message.Id) is not null || _finished.Contains(message.Id))
        {
            Sender.Tell(new MessageEnqueued(message.Id));
        }
        else if (_services.Time.GetUtcNow() - message.ReceivedAt > s_acceptWithin || !_services.Store.CanBeAccepted(message.Body))
        {
            Sender.Tell(new EnqueueRefused(message.Id, s_notTaken));
        }
        else
        {
            Gather(Accepted(message), Sender);
        }
    }

    private static SpoolTransition.Accepted Accepted(Smtp.SubmittedMessage message)
        => new(message.Id, message.ReversePath, message.Recipients, message.Body, message.EightBit, message.ReceivedAt)
        {
            Options = WorthKeeping(message.Options),
            RecipientOptions = message.RecipientOptions.All(static options => options == RecipientOptions.None) ? [] : message.RecipientOptions,
        };

    // Every other client says BODY=8BITMIME of everything: whether there are such octets is known better.
    private static MailOptions WorthKeeping(MailOptions options)
    {
        var kept = options.Body == MailBodyType.EightBitMime ? options with { Body = MailBodyType.SevenBit } : options;
        return kept == MailOptions.None ? MailOptions.None : kept;
    }

    private void Withdraw(WithdrawMessage withdraw)
    {
        if (!_open)
        {
            // A write of the incarnation before may still take effect, until the one that opens this one has shut it out.
            Stash.Stash();
        }
        else if (_state.Find(withdraw.Id) is not null || _finished.Contains(withdraw.Id))
        {
            Sender.Tell(new MessageEnqueued(withdraw.Id));
        }
        else if (_writing?.Accepts(withdraw.Id) != true)
        {
            StrikeOut(withdraw.Id);
        }

        // What is being written can no longer be taken back for certain: its caller is answered by what comes of the write.
    }

    private void StrikeOut(QueueId id)
    {
        if (!_gathering.Withdraw(id))
        {
            // It may come later; one that has not by the time that many others were withdrawn will not.
            if (_withdrawn.Count >= MaximumWithdrawn)
            {
                _withdrawn.Clear();
            }

            _withdrawn.Add(id);
        }

        Sender.Tell(new EnqueueRefused(id, s_notTaken));
    }
}
