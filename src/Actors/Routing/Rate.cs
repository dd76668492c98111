using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MtaCluster.Actors.Routing;

/// <summary>At most so many messages in each period of so long.</summary>
/// <param name="Count">Messages, at least 1.</param>
/// <param name="Period">A second, a minute, an hour or a day.</param>
public sealed record Rate(int Count, TimeSpan Period)
{
    /// <summary>Reads <c>N/s</c>, <c>N/m</c>, <c>N/h</c> or <c>N/d</c>, with N from 1 to 2,147,483,647.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Rate? rate)
    {
        rate = null;
        if (text.Length < 3 || text[^2] != '/'
            || !int.TryParse(text[..^2], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
        {
            return false;
        }

        TimeSpan? period = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        rate = period is { } known ? new Rate(count, known) : null;
        return rate is not null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var unit = Period.Ticks switch
        {
            TimeSpan.TicksPerSecond => "s",
            TimeSpan.TicksPerMinute => "m",
            TimeSpan.TicksPerHour => "h",
            TimeSpan.TicksPerDay => "d",
            _ => Period.ToString("c", CultureInfo.InvariantCulture),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Count}/{unit}");
    }
}
