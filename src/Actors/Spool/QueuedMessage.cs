using System.Collections.Immutable;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// A message in a spool. Kept small, for a queue may hold millions: the envelope is one packed array that is only unpacked while
/// there is work on the message.
/// </summary>
internal sealed class QueuedMessage : TimerWheelNode
{
    private readonly byte[] _envelope;
    private readonly QueuedRecipient[] _recipients;

    public QueuedMessage(SpoolTransition.Accepted accepted)
    {
        Id = accepted.Id;
        Body = accepted.Body;
        EightBit = accepted.EightBit;
        ReceivedAtMilliseconds = accepted.ReceivedAt.ToUnixTimeMilliseconds();
        HasOptions = !PackedOptions.AreNone(accepted.Options, accepted.RecipientOptions);
        _envelope = Pack(accepted, HasOptions);
        _recipients = new QueuedRecipient[accepted.Recipients.Length];
        PendingRecipients = _recipients.Length;
        if (HasOptions)
        {
            Postpone(PackedOptions.HoldUntil(_envelope));
        }
    }

    public QueueId Id { get; }

    public BodyRef Body { get; }

    public long ReceivedAtMilliseconds { get; }

    public int PendingRecipients { get; private set; }

    public bool EightBit { get; }

    /// <summary>Its sender asked for something.</summary>
    public bool HasOptions { get; }

    /// <summary>MT-PRIORITY, from -9 to 9.</summary>
    public int Priority => HasOptions ? PackedOptions.Priority(_envelope) : 0;

    /// <summary>The time before which no attempt is to be made, in Unix milliseconds; 0 for none.</summary>
    public long HoldUntilMilliseconds => HasOptions ? PackedOptions.HoldUntil(_envelope) : 0;

    /// <summary>The time within which its sender wants it to be delivered, in Unix milliseconds; 0 for none.</summary>
    public long DeliverByMilliseconds => HasOptions ? PackedOptions.DeliverBy(_envelope) : 0;

    /// <summary>Whether it is to be given up at <see cref="DeliverByMilliseconds"/>.</summary>
    public bool GivesUpInTime => HasOptions && PackedOptions.GivesUp(_envelope);

    public bool DelayWarned { get; set; }

    /// <summary>There is work on the message: a MessageActor has it.</summary>
    public bool InHand { get; set; }

    /// <summary>Its client may not have heard that it was taken, and may still ask: it was recovered, or came from another node.</summary>
    public bool IsUnsureToClient { get; set; }

    /// <summary>Waits in <see cref="ParkedMail"/> for its destination to have room; not a durable state.</summary>
    public bool Parked { get; set; }

    public bool IsFinished => PendingRecipients == 0;

    public ReadOnlySpan<QueuedRecipient> Recipients => _recipients;

    /// <summary>When the first recipient that waits for a time of its own may be tried, in Unix milliseconds.</summary>
    public long NextAttemptMilliseconds
    {
        get
        {
            var next = long.MaxValue;
            foreach (ref readonly var recipient in _recipients.AsSpan())
            {
                if (recipient.IsPending)
                {
                    next = Math.Min(next, recipient.NotBeforeMilliseconds);
                }
            }

            return next;
        }
    }

    /// <summary>Applies an outcome; true if it ended the recipient.</summary>
    public bool Apply(in RecipientTransition transition)
    {
        ref var recipient = ref _recipients[transition.Index];
        if (!recipient.IsPending)
        {
            return false;
        }

        recipient.Attempts++;
        recipient.LastReply = transition.Reply;
        if (transition.Kind == OutcomeKind.Deferred)
        {
            recipient.NotBeforeMilliseconds = transition.NotBefore.ToUnixTimeMilliseconds();
            return false;
        }

        recipient.IsDone = true;
        PendingRecipients--;
        return true;
    }

    /// <summary>Puts off every pending recipient without an attempt: after a fault of ours.</summary>
    public void Postpone(long notBeforeMilliseconds)
    {
        foreach (ref var recipient in _recipients.AsSpan())
        {
            recipient.NotBeforeMilliseconds = Math.Max(recipient.NotBeforeMilliseconds, notBeforeMilliseconds);
        }
    }

    /// <summary>Lets every pending recipient be tried now; true if one had to wait. Not what its sender wants to be held: only time releases it.</summary>
    public bool Hasten(long nowMilliseconds)
    {
        if (HoldUntilMilliseconds > nowMilliseconds)
        {
            return false;
        }

        var hastened = false;
        foreach (ref var recipient in _recipients.AsSpan())
        {
            if (recipient.IsPending && recipient.NotBeforeMilliseconds > nowMilliseconds)
            {
                recipient.NotBeforeMilliseconds = nowMilliseconds;
                hastened = true;
            }
        }

        return hastened;
    }

    /// <summary>Restores what a snapshot knew of a recipient.</summary>
    public void Restore(int index, in QueuedRecipient saved)
    {
        ref var recipient = ref _recipients[index];
        if (recipient.IsDone != saved.IsDone)
        {
            PendingRecipients += saved.IsDone ? -1 : 1;
        }

        recipient = saved;
    }

    public (string ReversePath, ImmutableArray<string> Recipients) Envelope()
    {
        var rest = HasOptions ? PackedOptions.Skip(_envelope) : _envelope;
        var reversePath = PackedText.Read(ref rest);
        var recipients = ImmutableArray.CreateBuilder<string>(_recipients.Length);
        for (var i = 0; i < _recipients.Length; i++)
        {
            recipients.Add(PackedText.Read(ref rest));
        }

        return (reversePath, recipients.MoveToImmutable());
    }

    /// <summary>What the sender asked for, of the message and of each recipient; the latter is empty if nothing of any.</summary>
    public (MailOptions Options, ImmutableArray<RecipientOptions> Recipients) Options()
        => HasOptions ? PackedOptions.Read(_envelope) : (MailOptions.None, []);

    private static byte[] Pack(SpoolTransition.Accepted accepted, bool hasOptions)
    {
        var size = PackedText.SizeOf(accepted.ReversePath) + (hasOptions ? PackedOptions.SizeOf(accepted.Options, accepted.RecipientOptions) : 0);
        foreach (var recipient in accepted.Recipients)
        {
            size += PackedText.SizeOf(recipient);
        }

        var packed = new byte[size];
        var rest = packed.AsSpan();
        if (hasOptions)
        {
            PackedOptions.Write(accepted.Options, accepted.RecipientOptions, ref rest);
        }

        PackedText.Write(accepted.ReversePath, ref rest);
        foreach (var recipient in accepted.Recipients)
        {
            PackedText.Write(recipient, ref rest);
        }

        return packed;
    }
}

/// <summary>What a spool knows of one recipient of a message.</summary>
internal struct QueuedRecipient
{
    public SmtpReply? LastReply;
    public long NotBeforeMilliseconds;
    public ushort Attempts;
    public bool IsDone;

    public readonly bool IsPending => !IsDone;
}
