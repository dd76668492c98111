using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// What Unicode 3.2 says of its characters, as far as <see cref="SaslPrep"/> needs it. Read when the first text comes that is not ASCII. Tables of our own, for
/// the program runs without ICU, and <see cref="string.Normalize()"/> does nothing there.
/// </summary>
internal sealed class StringPrepTables
{
    private const string Resource = "MtaCluster.Protocol.Sasl.StringPrepTables.txt";
    private static readonly Lazy<StringPrepTables> s_instance = new(() => new StringPrepTables());

    private readonly FrozenDictionary<int, ImmutableArray<int>> _decompositions;
    private readonly FrozenDictionary<(int First, int Second), int> _pairs;
    private readonly FrozenDictionary<int, int> _classes;
    private readonly ImmutableArray<(int First, int Last)> _rightToLeft;
    private readonly ImmutableArray<(int First, int Last)> _leftToRight;

    private StringPrepTables()
    {
        var lines = ReadLines();
        _decompositions = lines.Where(line => line[0] == "d").ToFrozenDictionary(line => Hex(line[1]), line => ImmutableArray.CreateRange(line.Skip(2).Select(Hex)));
        _pairs = lines.Where(line => line[0] == "p").ToFrozenDictionary(line => (Hex(line[1]), Hex(line[2])), line => Hex(line[3]));
        _classes = lines.Where(line => line[0] == "c")
            .SelectMany(line => line.Skip(2).Select(Range).SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1))
                .Select(character => (character, value: int.Parse(line[1], CultureInfo.InvariantCulture))))
            .ToFrozenDictionary(entry => entry.character, entry => entry.value);
        _rightToLeft = Ranges(lines, "r");
        _leftToRight = Ranges(lines, "l");
    }

    /// <summary>The tables.</summary>
    public static StringPrepTables Instance => s_instance.Value;

    /// <summary>The full compatibility decomposition of a character; empty if it is its own.</summary>
    public ImmutableArray<int> DecompositionOf(int character) => _decompositions.GetValueOrDefault(character, []);

    /// <summary>What two characters compose to, or null.</summary>
    public int? Compose(int first, int second) => _pairs.TryGetValue((first, second), out var composed) ? composed : null;

    /// <summary>The combining class; 0 for a starter.</summary>
    public int ClassOf(int character) => _classes.GetValueOrDefault(character);

    /// <summary>Table D.1 of RFC 3454.</summary>
    public bool IsRightToLeft(int character) => Contains(_rightToLeft, character);

    /// <summary>Table D.2 of RFC 3454.</summary>
    public bool IsLeftToRight(int character) => Contains(_leftToRight, character);

    private static List<string[]> ReadLines()
    {
        using var stream = typeof(StringPrepTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in the assembly");
        using var reader = new StreamReader(stream);
        var lines = new List<string[]>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                lines.Add(line.Split(' '));
            }
        }

        return lines;
    }

    private static ImmutableArray<(int First, int Last)> Ranges(List<string[]> lines, string kind)
        => [.. lines.Single(line => line[0] == kind).Skip(1).Select(Range)];

    private static (int First, int Last) Range(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? (Hex(text), Hex(text)) : (Hex(text[..dash]), Hex(text[(dash + 1)..]));
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static bool Contains(ImmutableArray<(int First, int Last)> ranges, int character)
    {
        var (low, high) = (0, ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (character < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (character > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
