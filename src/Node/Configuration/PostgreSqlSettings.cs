using System.Collections.Immutable;
using System.Globalization;

namespace MtaCluster.Node.Configuration;

/// <summary>The databases of a cluster.</summary>
/// <param name="Databases">By number: the first has the destinations, and the spools that no other one has.</param>
/// <param name="AllowAsynchronousCommit">Whether a server may be used that says a commit is done before it is on stable storage.</param>
public sealed record PostgreSqlSettings(ImmutableArray<DatabaseSettings> Databases, bool AllowAsynchronousCommit);

/// <summary>One PostgreSQL database.</summary>
/// <param name="ConnectionString">How to connect, as the operator wrote it. Holds a password, and is logged nowhere.</param>
/// <param name="Spools">The spools that are kept there.</param>
public sealed record DatabaseSettings(string ConnectionString, SpoolSet Spools);

/// <summary>A set of spools, written as ranges: <c>0-31,40</c>.</summary>
public sealed class SpoolSet
{
    /// <summary>What <see cref="TryParse"/> reads, in words.</summary>
    public const string Form = "spools such as 0-31 or 0-7,12";

    private readonly ImmutableSortedSet<int> _numbers;

    private SpoolSet(ImmutableSortedSet<int> numbers) => _numbers = numbers;

    /// <summary>No spools.</summary>
    public static SpoolSet Empty { get; } = new([]);

    /// <summary>Their numbers, in order.</summary>
    public IReadOnlyList<int> Numbers => _numbers;

    /// <summary>A set of these numbers.</summary>
    public static SpoolSet Of(IEnumerable<int> numbers) => new([.. numbers]);

    /// <summary>Reads ranges separated by commas.</summary>
    public static bool TryParse(string text, out SpoolSet set)
    {
        var numbers = ImmutableSortedSet.CreateBuilder<int>();
        set = Empty;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || first > last)
            {
                return false;
            }

            numbers.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        set = new SpoolSet(numbers.ToImmutable());
        return true;
    }

    /// <summary>The spool is one of them.</summary>
    public bool Contains(int spool) => _numbers.Contains(spool);

    /// <summary>As ranges, the same for the same spools.</summary>
    public override string ToString()
    {
        var ranges = new List<string>();
        for (var i = 0; i < _numbers.Count; i++)
        {
            var first = _numbers[i];
            while (i + 1 < _numbers.Count && _numbers[i + 1] == _numbers[i] + 1)
            {
                i++;
            }

            ranges.Add(first == _numbers[i]
                ? first.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{first}-{_numbers[i]}"));
        }

        return string.Join(',', ranges);
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Actors.QueueId.MaximumSpools;
}
