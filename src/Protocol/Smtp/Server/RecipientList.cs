using System.Collections.Immutable;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// The recipients of a transaction, in order and without repetitions. Immutable to see; lists that grow out of one another
/// share their storage, so that adding the n-th recipient does not copy the others. For one session: not for several threads.
/// </summary>
public sealed class RecipientList
{
    // Below this many a look through the list is faster than a hash table.
    private const int SmallCount = 8;

    private readonly Storage? _storage;

    private RecipientList(Storage? storage, int count)
    {
        _storage = storage;
        Count = count;
    }

    /// <summary>No recipients.</summary>
    public static RecipientList Empty { get; } = new(null, 0);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The recipient number <paramref name="index"/>, from 0.</summary>
    public Mailbox this[int index] => index < Count && _storage is not null
        ? _storage.Items[index]
        : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Whether <paramref name="mailbox"/> is among them.</summary>
    public bool Contains(Mailbox mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        if (_storage?.Positions is { } positions)
        {
            return positions.TryGetValue(mailbox, out var position) && position < Count;
        }

        for (var i = 0; i < Count; i++)
        {
            if (_storage!.Items[i] == mailbox)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The list with <paramref name="mailbox"/> at its end, or the same list if it is there already.</summary>
    public RecipientList Add(Mailbox mailbox, RecipientOptions? options = null)
    {
        if (Contains(mailbox))
        {
            return this;
        }

        // Another list may have grown out of this one: then this one needs its own copy.
        var storage = _storage is not null && _storage.Items.Count == Count ? _storage : Copy();
        storage.Positions?.Add(mailbox, Count);
        storage.Items.Add(mailbox);
        storage.SetOptions(Count, options);
        if (storage.Items.Count == SmallCount)
        {
            storage.Index();
        }

        return new RecipientList(storage, Count + 1);
    }

    /// <summary>The list with all of these at its end, but for those that are there already.</summary>
    public RecipientList AddRange(IEnumerable<(Mailbox Recipient, RecipientOptions Options)> recipients) =>
        recipients.Aggregate(this, static (list, one) => list.Add(one.Recipient, one.Options));

    /// <summary>The wire forms, in order.</summary>
    public ImmutableArray<string> ToWireForms()
    {
        var forms = new string[Count];
        for (var i = 0; i < forms.Length; i++)
        {
            forms[i] = _storage!.Items[i].ToString();
        }

        return System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(forms);
    }

    /// <summary>What was asked for each, in order; empty if nothing was for any.</summary>
    public ImmutableArray<RecipientOptions> ToOptions() =>
        _storage?.Options is { } options && options.Count > 0 && options.Take(Count).Any(one => one != RecipientOptions.None)
            ? [.. Enumerable.Range(0, Count).Select(index => index < options.Count ? options[index] : RecipientOptions.None)]
            : [];

    private Storage Copy()
    {
        var copy = new Storage();
        for (var i = 0; i < Count; i++)
        {
            copy.Items.Add(_storage!.Items[i]);
            copy.SetOptions(i, _storage.Options is { } options && i < options.Count ? options[i] : null);
        }

        if (Count >= SmallCount)
        {
            copy.Index();
        }

        return copy;
    }

    private sealed class Storage
    {
        internal List<Mailbox> Items { get; } = new(1);

        internal Dictionary<Mailbox, int>? Positions { get; private set; }

        // As far as the last recipient for whom something was asked: most messages have none.
        internal List<RecipientOptions>? Options { get; private set; }

        internal void SetOptions(int index, RecipientOptions? options)
        {
            if (options is null || options == RecipientOptions.None)
            {
                return;
            }

            Options ??= [];
            while (Options.Count < index)
            {
                Options.Add(RecipientOptions.None);
            }

            Options.Add(options);
        }

        internal void Index()
        {
            Positions = new Dictionary<Mailbox, int>(2 * Items.Count);
            for (var i = 0; i < Items.Count; i++)
            {
                Positions.Add(Items[i], i);
            }
        }
    }
}
