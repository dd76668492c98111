using System.Globalization;

namespace MtaCluster.Node.Admin;

/// <summary>How times and sizes are written for people, and durations read from them.</summary>
internal static class Texts
{
    private static readonly (char Unit, TimeSpan Length)[] s_units =
    [
        ('d', TimeSpan.FromDays(1)), ('h', TimeSpan.FromHours(1)), ('m', TimeSpan.FromMinutes(1)), ('s', TimeSpan.FromSeconds(1)),
    ];

    /// <summary>A duration by its two largest units: <c>3d4h</c>, <c>2m5s</c>, <c>0s</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        var rest = duration < TimeSpan.Zero ? TimeSpan.Zero : duration;
        var text = "";
        for (var i = 0; i < s_units.Length; i++)
        {
            var count = (long)(rest / s_units[i].Length);
            if (count == 0)
            {
                continue;
            }

            rest -= count * s_units[i].Length;
            text += string.Create(CultureInfo.InvariantCulture, $"{count}{s_units[i].Unit}");
            if (i + 1 < s_units.Length && (long)(rest / s_units[i + 1].Length) is > 0 and var next)
            {
                text += string.Create(CultureInfo.InvariantCulture, $"{next}{s_units[i + 1].Unit}");
            }

            return text;
        }

        return "0s";
    }

    /// <summary>How long ago.</summary>
    public static string Since(DateTimeOffset time, DateTimeOffset now) => Duration(now - time);

    /// <summary>How soon; null is at once, as is what has passed.</summary>
    public static string Until(DateTimeOffset? time, DateTimeOffset now) => time is { } due && due > now ? "in " + Duration(due - now) : "now";

    /// <summary>A number of octets: <c>512</c>, <c>1.4K</c>, <c>20M</c>.</summary>
    public static string Octets(long octets)
    {
        const string Units = "KMGT";
        double value = octets;
        var unit = -1;
        while (value >= 1024 && unit + 1 < Units.Length)
        {
            value /= 1024;
            unit++;
        }

        return unit < 0
            ? octets.ToString(CultureInfo.InvariantCulture)
            : value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + Units[unit];
    }

    /// <summary>A count.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>So many of something, whose plural has an s.</summary>
    public static string Count(long number, string noun) => Number(number) + " " + noun + (number == 1 ? "" : "s");

    /// <summary>Reads a duration: numbers with units, the larger unit first. Null if it is none.</summary>
    public static object? ParseDuration(string text)
    {
        var total = TimeSpan.Zero;
        var start = 0;
        var unit = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                continue;
            }

            unit = Array.FindIndex(s_units, unit, candidate => candidate.Unit == text[i]);
            if (unit < 0 || !int.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 100_000)
            {
                return null;
            }

            total += count * s_units[unit++].Length;
            start = i + 1;
        }

        return start == text.Length && start > 0 ? total : null;
    }

    /// <summary>Numbers in order, runs of them drawn together: <c>3, 7-9</c>.</summary>
    public static string Ranges(IEnumerable<int> numbers)
    {
        var ordered = numbers.Order().ToArray();
        var parts = new List<string>();
        for (var i = 0; i < ordered.Length;)
        {
            var last = i;
            while (last + 1 < ordered.Length && ordered[last + 1] == ordered[last] + 1)
            {
                last++;
            }

            parts.Add(last == i ? Number(ordered[i]) : $"{Number(ordered[i])}-{Number(ordered[last])}");
            i = last + 1;
        }

        return string.Join(", ", parts);
    }
}
