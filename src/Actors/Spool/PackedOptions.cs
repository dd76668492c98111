using System.Buffers.Binary;
using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// What the sender of a queued message asked for, as octets in front of its packed envelope. In memory only: what is journaled has a form of its
/// own. What decides about time and order is at fixed places, and read without unpacking the rest.
/// </summary>
/// <remarks>
/// <code>
/// length of the whole (4) | priority (1) | flags (1) | HoldUntil (8) | BY (8) | ENVID | number of recipients (4) | NOTIFY (1), ORCPT …
/// </code>
/// Times are Unix milliseconds, 0 for none.
/// </remarks>
internal static class PackedOptions
{
    private const int PriorityAt = 4;
    private const int FlagsAt = 5;
    private const int HoldAt = 6;
    private const int DeliverByAt = 14;
    private const int FixedSize = 22;
    private const int Utf8 = 4;
    private const int Tls = 8;
    private const int Returns = 64;
    private const int Traces = 128;

    /// <summary>Whether there is nothing to pack.</summary>
    public static bool AreNone(MailOptions options, ImmutableArray<RecipientOptions> recipients)
        => recipients.IsEmpty && options == MailOptions.None;

    /// <summary>How many octets they take.</summary>
    public static int SizeOf(MailOptions options, ImmutableArray<RecipientOptions> recipients)
    {
        var size = FixedSize + PackedText.SizeOf(options.EnvelopeId) + 4;
        foreach (var recipient in recipients)
        {
            size += 1 + PackedText.SizeOf(recipient.OriginalRecipient);
        }

        return size;
    }

    /// <summary>Writes them at the beginning of <paramref name="rest"/>, and moves that behind them.</summary>
    public static void Write(MailOptions options, ImmutableArray<RecipientOptions> recipients, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, SizeOf(options, recipients));
        rest[PriorityAt] = (byte)(sbyte)options.Priority;
        rest[FlagsAt] = (byte)((int)options.Body
            | (options.SmtpUtf8 ? Utf8 : 0)
            | (options.RequireTls ? Tls : 0)
            | ((int)options.Return << 4)
            | (options.DeliverBy is { Mode: DeliverByMode.Return } ? Returns : 0)
            | (options.DeliverBy is { Trace: true } ? Traces : 0));
        BinaryPrimitives.WriteInt64LittleEndian(rest[HoldAt..], options.HoldUntil?.ToUnixTimeMilliseconds() ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(rest[DeliverByAt..], options.DeliverBy?.At.ToUnixTimeMilliseconds() ?? 0);
        rest = rest[FixedSize..];
        PackedText.Write(options.EnvelopeId, ref rest);
        BinaryPrimitives.WriteInt32LittleEndian(rest, recipients.Length);
        rest = rest[4..];
        foreach (var recipient in recipients)
        {
            rest[0] = (byte)recipient.Notify;
            rest = rest[1..];
            PackedText.Write(recipient.OriginalRecipient, ref rest);
        }
    }

    /// <summary>What follows them.</summary>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> packed) => packed[BinaryPrimitives.ReadInt32LittleEndian(packed)..];

    /// <summary>MT-PRIORITY.</summary>
    public static int Priority(ReadOnlySpan<byte> packed) => (sbyte)packed[PriorityAt];

    /// <summary>The time of the release, in Unix milliseconds; 0 for none.</summary>
    public static long HoldUntil(ReadOnlySpan<byte> packed) => BinaryPrimitives.ReadInt64LittleEndian(packed[HoldAt..]);

    /// <summary>The time of BY, in Unix milliseconds; 0 for none.</summary>
    public static long DeliverBy(ReadOnlySpan<byte> packed) => BinaryPrimitives.ReadInt64LittleEndian(packed[DeliverByAt..]);

    /// <summary>Whether the message is to be given up at the time of BY.</summary>
    public static bool GivesUp(ReadOnlySpan<byte> packed) => (packed[FlagsAt] & Returns) != 0;

    /// <summary>All of it.</summary>
    public static (MailOptions Options, ImmutableArray<RecipientOptions> Recipients) Read(ReadOnlySpan<byte> packed)
    {
        var (flags, hold, by) = (packed[FlagsAt], HoldUntil(packed), DeliverBy(packed));
        var rest = packed[FixedSize..];
        var options = new MailOptions
        {
            Body = (MailBodyType)(flags & 3),
            SmtpUtf8 = (flags & Utf8) != 0,
            RequireTls = (flags & Tls) != 0,
            Return = (DsnReturn)((flags >> 4) & 3),
            EnvelopeId = PackedText.ReadNullable(ref rest),
            DeliverBy = by == 0
                ? null
                : new DeliverBy(
                    DateTimeOffset.FromUnixTimeMilliseconds(by),
                    (flags & Returns) != 0 ? DeliverByMode.Return : DeliverByMode.Notify,
                    (flags & Traces) != 0),
            HoldUntil = hold == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(hold),
            Priority = Priority(packed),
        };
        return (options, ReadRecipients(rest));
    }

    private static ImmutableArray<RecipientOptions> ReadRecipients(ReadOnlySpan<byte> rest)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        var recipients = ImmutableArray.CreateBuilder<RecipientOptions>(count);
        for (var i = 0; i < count; i++)
        {
            var notify = (DsnNotify)rest[0];
            rest = rest[1..];
            var original = PackedText.ReadNullable(ref rest);
            recipients.Add(notify == DsnNotify.Unspecified && original is null
                ? RecipientOptions.None
                : new RecipientOptions { Notify = notify, OriginalRecipient = original });
        }

        return recipients.MoveToImmutable();
    }
}
