namespace MtaCluster.Protocol.Sasl;

/// <summary>Normalization form KC of Unicode 3.2 (UAX 15), as RFC 3454 §4 asks for.</summary>
internal static class NormalizationFormKC
{
    // Hangul syllables are computed (Unicode 3.12).
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = Leads * Vowels * Trails;

    /// <summary>The normalized characters.</summary>
    public static List<int> Normalize(IReadOnlyList<int> characters)
    {
        var tables = StringPrepTables.Instance;
        var decomposed = new List<int>(characters.Count + 8);
        foreach (var character in characters)
        {
            Decompose(tables, character, decomposed);
        }

        Order(tables, decomposed);
        return Compose(tables, decomposed);
    }

    private static void Decompose(StringPrepTables tables, int character, List<int> decomposed)
    {
        var syllable = character - SyllableBase;
        if (syllable is >= 0 and < Syllables)
        {
            decomposed.Add(LeadBase + (syllable / (Vowels * Trails)));
            decomposed.Add(VowelBase + (syllable % (Vowels * Trails) / Trails));
            if (syllable % Trails != 0)
            {
                decomposed.Add(TrailBase + (syllable % Trails));
            }

            return;
        }

        var parts = tables.DecompositionOf(character);
        if (parts.IsEmpty)
        {
            decomposed.Add(character);
        }
        else
        {
            decomposed.AddRange(parts);
        }
    }

    // Marks that follow one another are sorted by their class; those of one class keep their order.
    private static void Order(StringPrepTables tables, List<int> characters)
    {
        for (var i = 1; i < characters.Count; i++)
        {
            var character = characters[i];
            var combining = tables.ClassOf(character);
            var j = i;
            for (; combining != 0 && j > 0 && tables.ClassOf(characters[j - 1]) > combining; j--)
            {
                characters[j] = characters[j - 1];
            }

            characters[j] = character;
        }
    }

    // A mark composes with the last starter unless one of its own class, or another starter, stands between them.
    private static List<int> Compose(StringPrepTables tables, List<int> characters)
    {
        var composed = new List<int>(characters.Count);
        var (starter, previous) = (-1, 0);
        foreach (var character in characters)
        {
            var combining = tables.ClassOf(character);
            var isAdjacent = starter == composed.Count - 1;
            if (starter >= 0 && (isAdjacent || (previous < combining && previous != 0)) && ComposePair(tables, composed[starter], character) is { } pair)
            {
                composed[starter] = pair;
                continue;
            }

            if (combining == 0)
            {
                starter = composed.Count;
            }

            previous = combining;
            composed.Add(character);
        }

        return composed;
    }

    private static int? ComposePair(StringPrepTables tables, int first, int second)
    {
        var (lead, vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            return SyllableBase + (((lead * Vowels) + vowel) * Trails);
        }

        var (syllable, trail) = (first - SyllableBase, second - TrailBase);
        return syllable is >= 0 and < Syllables && syllable % Trails == 0 && trail is > 0 and < Trails ? first + trail : tables.Compose(first, second);
    }
}
