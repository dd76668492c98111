using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace MtaCluster.Actors;

/// <summary>
/// The identity of a queued message, unique in the cluster for ever: 48 bits of Unix milliseconds, 12 bits of spool number,
/// 40 bits of a counter that starts at random in each process. Its text form is 20 characters of Crockford's base 32, and
/// sorts by time.
/// </summary>
public readonly record struct QueueId(ulong TimeAndSpool, ulong Sequence) : IComparable<QueueId>
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int TextLength = 20;
    private const ulong SequenceMask = (1UL << 40) - 1;

    private static long s_sequence = (long)(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) & SequenceMask);

    /// <summary>The largest number of spools that an id can name.</summary>
    public const int MaximumSpools = 1 << 12;

    /// <summary>The spool that owns the message.</summary>
    public int Spool => (int)(TimeAndSpool & (MaximumSpools - 1));

    /// <summary>When the id was made, to the millisecond.</summary>
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds((long)(TimeAndSpool >> 12));

    /// <summary>Makes a new id for a message that <paramref name="spool"/> will own.</summary>
    public static QueueId Create(DateTimeOffset now, int spool)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(spool);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(spool, MaximumSpools);
        var time = (ulong)now.ToUnixTimeMilliseconds() & ((1UL << 48) - 1);
        return new QueueId((time << 12) | (uint)spool, (ulong)Interlocked.Increment(ref s_sequence) & SequenceMask);
    }

    /// <summary>Reads the text form, in either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out QueueId id)
    {
        id = default;
        if (text is not { Length: TextLength })
        {
            return false;
        }

        UInt128 value = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            value = (value << 5) | (uint)digit;
        }

        id = new QueueId((ulong)(value >> 40), (ulong)value & SequenceMask);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(QueueId other) => TimeAndSpool != other.TimeAndSpool
        ? TimeAndSpool.CompareTo(other.TimeAndSpool)
        : Sequence.CompareTo(other.Sequence);

    /// <summary>Orders ids by time.</summary>
    public static bool operator <(QueueId left, QueueId right) => left.CompareTo(right) < 0;

    /// <summary>Orders ids by time.</summary>
    public static bool operator >(QueueId left, QueueId right) => left.CompareTo(right) > 0;

    /// <summary>Orders ids by time.</summary>
    public static bool operator <=(QueueId left, QueueId right) => left.CompareTo(right) <= 0;

    /// <summary>Orders ids by time.</summary>
    public static bool operator >=(QueueId left, QueueId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, this, static (span, id) =>
    {
        var value = ((UInt128)id.TimeAndSpool << 40) | id.Sequence;
        for (var i = TextLength - 1; i >= 0; i--)
        {
            span[i] = Alphabet[(int)((uint)value & 31)];
            value >>= 5;
        }
    });
}
