using System.Collections.Immutable;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>The whole state of a spool at one sequence number. Immutable, for it is serialized while the spool goes on.</summary>
/// <param name="Messages">The queued messages.</param>
/// <param name="Account">The account; null in snapshots of before there was one.</param>
public sealed record SpoolSnapshot(ImmutableArray<SnapshotMessage> Messages, SpoolAccount? Account)
{
    internal static SpoolSnapshot Of(SpoolState state)
    {
        var messages = ImmutableArray.CreateBuilder<SnapshotMessage>(state.Count);
        foreach (var message in state.Messages)
        {
            messages.Add(SnapshotMessage.Of(message));
        }

        return new SpoolSnapshot(messages.MoveToImmutable(), state.Account);
    }

    internal void RestoreTo(SpoolState state)
    {
        foreach (var message in Messages)
        {
            state.Restore(message.ToQueued(state));
        }

        state.Restore(Account ?? AccountOfMessages());
    }

    // Counts from the messages that were there when counting began: what they had been through before is part of the account, so that it balances.
    private SpoolAccount AccountOfMessages()
    {
        var recipients = Messages.SelectMany(message => message.Recipients).ToImmutableArray();
        var delivered = recipients.Count(recipient => recipient is { IsDone: true, LastReply.Code: < 300 });
        var done = recipients.Count(recipient => recipient.IsDone);
        return new SpoolAccount(Messages.Length, recipients.Length, delivered, done - delivered, 0);
    }
}

/// <summary>One queued message in a snapshot.</summary>
public sealed record SnapshotMessage(SpoolTransition.Accepted Accepted, bool DelayWarned, ImmutableArray<SnapshotRecipient> Recipients)
{
    internal static SnapshotMessage Of(QueuedMessage message)
    {
        var (reversePath, addresses) = message.Envelope();
        var recipients = ImmutableArray.CreateBuilder<SnapshotRecipient>(addresses.Length);
        foreach (ref readonly var recipient in message.Recipients)
        {
            recipients.Add(new SnapshotRecipient(recipient.IsDone, recipient.Attempts, recipient.NotBeforeMilliseconds, recipient.LastReply));
        }

        var (options, recipientOptions) = message.Options();
        var accepted = new SpoolTransition.Accepted(
            message.Id,
            reversePath,
            addresses,
            message.Body,
            message.EightBit,
            DateTimeOffset.FromUnixTimeMilliseconds(message.ReceivedAtMilliseconds))
        {
            Options = options,
            RecipientOptions = recipientOptions,
        };
        return new SnapshotMessage(accepted, message.DelayWarned, recipients.MoveToImmutable());
    }

    internal QueuedMessage ToQueued(SpoolState state)
    {
        var message = new QueuedMessage(Accepted) { DelayWarned = DelayWarned };
        for (var i = 0; i < Recipients.Length; i++)
        {
            var saved = Recipients[i];
            message.Restore(i, new QueuedRecipient
            {
                IsDone = saved.IsDone,
                Attempts = (ushort)saved.Attempts,
                NotBeforeMilliseconds = saved.NotBeforeMilliseconds,
                LastReply = saved.LastReply is { } reply ? state.Intern(reply) : null,
            });
        }

        return message;
    }
}

/// <summary>One recipient in a snapshot.</summary>
/// <param name="IsDone">Delivered or bounced.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="NotBeforeMilliseconds">When it may be tried again, in Unix milliseconds; 0 for at once.</param>
/// <param name="LastReply">The reply that decided the last attempt.</param>
public sealed record SnapshotRecipient(bool IsDone, int Attempts, long NotBeforeMilliseconds, SmtpReply? LastReply);
