using System.IO.Hashing;
using System.Text;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// An immutable table from addresses to texts, for millions of entries: one block of octets and one hash table of numbers into it, so that an entry costs
/// its own octets and about a dozen more, and a garbage collection nothing. A look-up allocates nothing.
/// </summary>
/// <remarks>
/// An entry in the block is key length (1 octet), value length (2 octets, little endian), key, value; keys and values in UTF-8.
/// </remarks>
internal sealed class AddressTable
{
    /// <summary>The longest key in octets.</summary>
    public const int MaximumKey = 255;

    /// <summary>The longest value in octets.</summary>
    public const int MaximumValue = ushort.MaxValue;

    private const int EntryHead = 3;

    private readonly byte[] _entries;

    // Positions in the block plus one; 0 is a free place. The length is a power of two, and at most half of the places are taken.
    private readonly int[] _places;

    private AddressTable(byte[] entries, int[] places, int count)
    {
        _entries = entries;
        _places = places;
        Count = count;
    }

    /// <summary>A table without entries.</summary>
    public static AddressTable Empty { get; } = new([], new int[1], 0);

    /// <summary>How many entries it has.</summary>
    public int Count { get; }

    /// <summary>The memory that it takes, in octets.</summary>
    public long Size => _entries.LongLength + (4L * _places.LongLength);

    /// <summary>Whether the key is there.</summary>
    public bool Contains(ReadOnlySpan<char> key) => Find(key) >= 0;

    /// <summary>The value of a key; null if it is not there.</summary>
    public string? Value(ReadOnlySpan<char> key)
    {
        var position = Find(key);
        if (position < 0)
        {
            return null;
        }

        var length = _entries[position + 1] | (_entries[position + 2] << 8);
        return Encoding.UTF8.GetString(_entries, position + EntryHead + _entries[position], length);
    }

    private int Find(ReadOnlySpan<char> key)
    {
        Span<byte> octets = stackalloc byte[MaximumKey];
        return Count > 0 && Encoding.UTF8.TryGetBytes(key, octets, out var length) ? Find(_entries, _places, octets[..length], out _) : -1;
    }

    private static int Find(ReadOnlySpan<byte> entries, int[] places, ReadOnlySpan<byte> key, out int place)
    {
        var mask = places.Length - 1;
        for (place = (int)(XxHash3.HashToUInt64(key) & (uint)mask); places[place] != 0; place = (place + 1) & mask)
        {
            var position = places[place] - 1;
            if (entries[position] == key.Length && entries.Slice(position + EntryHead, key.Length).SequenceEqual(key))
            {
                return position;
            }
        }

        return -1;
    }

    /// <summary>Gathers the entries of a table.</summary>
    public sealed class Builder
    {
        private byte[] _entries = new byte[4096];
        private int[] _places = new int[256];
        private int _length;
        private int _count;

        /// <summary>Adds an entry; the first one of a key stays. False if the key is there already.</summary>
        /// <exception cref="InvalidDataException">The key or the value is too long, or the table too big.</exception>
        public bool TryAdd(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
        {
            Span<byte> octets = stackalloc byte[MaximumKey];
            if (!Encoding.UTF8.TryGetBytes(key, octets, out var keyLength))
            {
                throw new InvalidDataException("an address is too long");
            }

            var valueLength = Encoding.UTF8.GetByteCount(value);
            if (valueLength > MaximumValue)
            {
                throw new InvalidDataException($"an entry has more than {MaximumValue} octets");
            }

            if (Find(_entries, _places, octets[..keyLength], out var place) >= 0)
            {
                return false;
            }

            Append(octets[..keyLength], value, valueLength);
            _places[place] = _length + 1;
            _length += EntryHead + keyLength + valueLength;
            if (++_count > _places.Length / 2)
            {
                _places = Rehash();
            }

            return true;
        }

        /// <summary>The table. The builder is not to be used after.</summary>
        public AddressTable Build() => _count == 0 ? Empty : new AddressTable(_entries.AsSpan(0, _length).ToArray(), _places, _count);

        private void Append(ReadOnlySpan<byte> key, ReadOnlySpan<char> value, int valueLength)
        {
            var needed = (long)_length + EntryHead + key.Length + valueLength;
            if (needed > Array.MaxLength)
            {
                throw new InvalidDataException("there are too many entries");
            }

            if (needed > _entries.Length)
            {
                Array.Resize(ref _entries, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _entries.Length)));
            }

            _entries[_length] = (byte)key.Length;
            _entries[_length + 1] = (byte)valueLength;
            _entries[_length + 2] = (byte)(valueLength >> 8);
            key.CopyTo(_entries.AsSpan(_length + EntryHead));
            Encoding.UTF8.GetBytes(value, _entries.AsSpan(_length + EntryHead + key.Length));
        }

        private int[] Rehash()
        {
            var places = new int[2 * _places.Length];
            for (var position = 0; position < _length; position += EntryHead + _entries[position] + (_entries[position + 1] | (_entries[position + 2] << 8)))
            {
                Find(_entries, places, _entries.AsSpan(position + EntryHead, _entries[position]), out var place);
                places[place] = position + 1;
            }

            return places;
        }
    }
}
