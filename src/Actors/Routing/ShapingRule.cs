using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Actors.Routing;

/// <summary>What a shaping rule is for: recipient domains by a pattern, or one site by its name.</summary>
public abstract record ShapingMatch
{
    private ShapingMatch()
    {
    }

    /// <summary>
    /// Reads a pattern of <see cref="DomainPattern"/> or the name of a site: <c>(mx1|mx2).example.net</c>, <c>[host]:port</c>,
    /// <c>host:port</c>, <c>lmtp:…</c>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ShapingMatch? match)
    {
        match = DomainPattern.TryParse(text, out var pattern) ? new Domains(pattern)
            : SiteName.IsWellFormed(text) ? new Site(text)
            : null;
        return match is not null;
    }

    /// <summary>Domains, or a site that one MX host alone makes.</summary>
    public sealed record Domains(DomainPattern Pattern) : ShapingMatch
    {
        /// <inheritdoc/>
        public override string ToString() => Pattern.ToString();
    }

    /// <summary>A site by its whole name.</summary>
    public sealed record Site(string Name) : ShapingMatch
    {
        /// <inheritdoc/>
        public override string ToString() => Name;
    }
}

/// <summary>Limits for the destinations that <paramref name="Match"/> names. What is null is left to less specific rules.</summary>
/// <param name="Match">The destinations.</param>
/// <param name="Connections">Connections open at once in the whole cluster.</param>
/// <param name="MessagesPerConnection">Messages after which a connection is closed.</param>
/// <param name="Rate">Messages per period in the whole cluster.</param>
/// <param name="ConnectTimeout">How long a connection may take to open.</param>
public sealed record ShapingRule(
    ShapingMatch Match,
    int? Connections = null,
    int? MessagesPerConnection = null,
    Rate? Rate = null,
    TimeSpan? ConnectTimeout = null);

/// <summary>The limits of one destination, in the whole cluster.</summary>
/// <param name="Connections">Connections open at once.</param>
/// <param name="MessagesPerConnection">Messages after which a connection is closed.</param>
/// <param name="Rate">Messages per period, or null for no limit.</param>
/// <param name="ConnectTimeout">How long a connection may take to open.</param>
public sealed record DestinationLimits(int Connections, int MessagesPerConnection, Rate? Rate, TimeSpan ConnectTimeout)
{
    /// <summary>The limits where no rule says otherwise.</summary>
    public static DestinationLimits Default { get; } = new(20, 100, null, TimeSpan.FromSeconds(30));
}
