using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
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
        _envelope = Pack(accepted.ReversePath, accepted.Recipients);
        _recipients = new QueuedRecipient[accepted.Recipients.Length];
        PendingRecipients = _recipients.Length;
    }

    public QueueId Id { get; }

    public BodyRef Body { get; }

    public long ReceivedAtMilliseconds { get; }

    public int PendingRecipients { get; private set; }

    public bool EightBit { get; }

    public bool DelayWarned { get; set; }

    /// <summary>There is work on the message: a MessageActor has it.</summary>
    public bool InHand { get; set; }

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

    public void Apply(in RecipientTransition transition)
    {
        ref var recipient = ref _recipients[transition.Index];
        if (!recipient.IsPending)
        {
            return;
        }

        recipient.Attempts++;
        recipient.LastReply = transition.Reply;
        if (transition.Kind == OutcomeKind.Deferred)
        {
            recipient.NotBeforeMilliseconds = transition.NotBefore.ToUnixTimeMilliseconds();
            return;
        }

        recipient.IsDone = true;
        PendingRecipients--;
    }

    /// <summary>Puts off every pending recipient without an attempt: after a fault of ours.</summary>
    public void Postpone(long notBeforeMilliseconds)
    {
        foreach (ref var recipient in _recipients.AsSpan())
        {
            recipient.NotBeforeMilliseconds = Math.Max(recipient.NotBeforeMilliseconds, notBeforeMilliseconds);
        }
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
        var rest = _envelope.AsSpan();
        var reversePath = Unpack(ref rest);
        var recipients = ImmutableArray.CreateBuilder<string>(_recipients.Length);
        for (var i = 0; i < _recipients.Length; i++)
        {
            recipients.Add(Unpack(ref rest));
        }

        return (reversePath, recipients.MoveToImmutable());
    }

    private static byte[] Pack(string reversePath, ImmutableArray<string> recipients)
    {
        var size = 2 + Encoding.UTF8.GetByteCount(reversePath);
        foreach (var recipient in recipients)
        {
            size += 2 + Encoding.UTF8.GetByteCount(recipient);
        }

        var packed = new byte[size];
        var rest = packed.AsSpan();
        Pack(reversePath, ref rest);
        foreach (var recipient in recipients)
        {
            Pack(recipient, ref rest);
        }

        return packed;
    }

    private static void Pack(string text, ref Span<byte> rest)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)length);
        rest = rest[(2 + length)..];
    }

    private static string Unpack(ref Span<byte> rest)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return text;
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
