using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// The durable state of a spool: its messages, and nothing else. Changed by <see cref="Apply"/> alone, in recovery as in operation;
/// no clock, no I/O.
/// </summary>
internal sealed class SpoolState
{
    // Replies repeat: a thousand messages for a dead host share one text. Bounded, for peers may answer with anything.
    private const int MaximumInternedReplies = 1024;
    private readonly Dictionary<SmtpReply, SmtpReply> _replies = [];
    private readonly Dictionary<QueueId, QueuedMessage> _messages = [];

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
                _messages.TryAdd(accepted.Id, new QueuedMessage(accepted));
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
                return _messages.Remove(withdrawn.Id, out var gone) ? gone : null;
            default:
                throw new InvalidOperationException($"unknown spool transition {transition.GetType().Name}");
        }
    }

    /// <summary>Puts a message from a snapshot in place.</summary>
    public void Restore(QueuedMessage message) => _messages[message.Id] = message;

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

    private QueuedMessage? Apply(QueuedMessage message, ImmutableArray<RecipientTransition> recipients)
    {
        foreach (ref readonly var recipient in recipients.AsSpan())
        {
            message.Apply(recipient with { Reply = Intern(recipient.Reply) });
        }

        if (!message.IsFinished)
        {
            return null;
        }

        _messages.Remove(message.Id);
        return message;
    }
}
