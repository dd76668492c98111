using System.Collections.Immutable;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// The durable state of a spool: its messages and its account, and nothing else. Changed by <see cref="Apply"/> alone, in recovery as in operation;
/// no clock, no I/O.
/// </summary>
internal sealed class SpoolState
{
    // Replies repeat: a thousand messages for a dead host share one text. Bounded, for peers may answer with anything.
    private const int MaximumInternedReplies = 1024;
    private readonly Dictionary<SmtpReply, SmtpReply> _replies = [];
    private readonly Dictionary<QueueId, QueuedMessage> _messages = [];
    private long _acceptedMessages;
    private long _accepted;
    private long _delivered;
    private long _bounced;
    private long _discarded;

    public SpoolAccount Account => new(_acceptedMessages, _accepted, _delivered, _bounced, _discarded);

    public int Count => _messages.Count;

    public IReadOnlyCollection<QueuedMessage> Messages => _messages.Values;

    public QueuedMessage? Find(QueueId id) => _messages.GetValueOrDefault(id);

    /// <summary>Applies one transition; returns the message that it finished, if it did.</summary>
    public QueuedMessage? Apply(SpoolTransition transition)
    {
        switch (transition)
        {
            case SpoolTransition.Opened:
                return null;
            case SpoolTransition.Accepted accepted:
                Add(accepted);
                return null;
            case SpoolTransition.Attempted attempted:
                return Find(attempted.Id) is { } message ? Apply(message, attempted.Recipients) : null;
            case SpoolTransition.DelayWarned warned:
                if (Find(warned.Id) is { } late)
                {
                    late.DelayWarned = true;
                }

                return null;
            case SpoolTransition.Withdrawn withdrawn:
                return TakeBack(withdrawn.Id);
            default:
                throw new InvalidOperationException($"unknown spool transition {transition.GetType().Name}");
        }
    }

    /// <summary>Puts a message from a snapshot in place.</summary>
    public void Restore(QueuedMessage message) => _messages[message.Id] = message;

    /// <summary>Puts the account from a snapshot in place.</summary>
    public void Restore(SpoolAccount account)
        => (_acceptedMessages, _accepted, _delivered, _bounced, _discarded)
            = (account.AcceptedMessages, account.Accepted, account.Delivered, account.Bounced, account.Discarded);

    /// <summary>An equal reply that is already in use, or this one.</summary>
    public SmtpReply Intern(SmtpReply reply)
    {
        if (_replies.TryGetValue(reply, out var known))
        {
            return known;
        }

        if (_replies.Count >= MaximumInternedReplies)
        {
            _replies.Clear();
        }

        _replies.Add(reply, reply);
        return reply;
    }

    private void Add(SpoolTransition.Accepted accepted)
    {
        if (_messages.TryAdd(accepted.Id, new QueuedMessage(accepted)))
        {
            _acceptedMessages++;
            _accepted += accepted.Recipients.Length;
        }
    }

    private QueuedMessage? TakeBack(QueueId id)
    {
        if (_messages.Remove(id, out var message))
        {
            _acceptedMessages--;
            _accepted -= message.PendingRecipients;
        }

        return message;
    }

    private QueuedMessage? Apply(QueuedMessage message, ImmutableArray<RecipientTransition> recipients)
    {
        foreach (ref readonly var recipient in recipients.AsSpan())
        {
            var ended = message.Apply(recipient with { Reply = Intern(recipient.Reply) });
            _delivered += ended && recipient.Kind == OutcomeKind.Delivered ? 1 : 0;
            _bounced += ended && recipient.Kind == OutcomeKind.Bounced ? 1 : 0;
        }

        if (!message.IsFinished)
        {
            return null;
        }

        _messages.Remove(message.Id);
        return message;
    }
}
