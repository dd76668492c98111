using System.Collections.Frozen;
using System.Collections.Immutable;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// All shaping rules, and what they say together: key by key, the most specific rule that sets the key wins. From the most to the
/// least specific: the recipient's domain, the site's name, <c>*.suffix</c> (the longer first; the domain's before the site's), <c>*</c>.
/// Of two rules with the same match the first counts.
/// </summary>
public sealed class ShapingTable
{
    private readonly FrozenDictionary<string, ShapingRule> _byName;
    private readonly FrozenDictionary<string, ShapingRule> _bySuffix;
    private readonly ShapingRule? _forAll;

    /// <summary>Takes the rules in the order of the configuration.</summary>
    public ShapingTable(ImmutableArray<ShapingRule> rules)
    {
        var byName = new Dictionary<string, ShapingRule>(StringComparer.Ordinal);
        var bySuffix = new Dictionary<string, ShapingRule>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            switch (rule.Match)
            {
                case ShapingMatch.Domains { Pattern: DomainPattern.Any }:
                    _forAll ??= rule;
                    break;
                case ShapingMatch.Domains { Pattern: DomainPattern.Suffix suffix }:
                    bySuffix.TryAdd(suffix.Parent, rule);
                    break;
                default:
                    byName.TryAdd(rule.Match.ToString(), rule);
                    break;
            }
        }

        Rules = rules;
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        _bySuffix = bySuffix.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>No rule at all: the defaults hold everywhere.</summary>
    public static ShapingTable Empty { get; } = new([]);

    /// <summary>The rules in their order.</summary>
    public ImmutableArray<ShapingRule> Rules { get; }

    /// <summary>The text of the most specific rule but <c>*</c> that matches a recipient domain, or null.</summary>
    public string? RuleFor(string domain)
    {
        if (_byName.Count > 0 && _byName.TryGetValue(domain, out var exact))
        {
            return exact.Match.ToString();
        }

        foreach (var rule in Suffixes(domain))
        {
            return rule.Match.ToString();
        }

        return null;
    }

    /// <summary>The limits for mail to <paramref name="domain"/> at <paramref name="site"/>.</summary>
    public DestinationLimits LimitsFor(string site, string? domain)
    {
        var limits = new Merge();
        if (domain is not null)
        {
            limits.Add(_byName.GetValueOrDefault(domain));
        }

        limits.Add(_byName.GetValueOrDefault(site));
        var ofDomain = Suffixes(domain);
        var ofSite = Suffixes(site);
        limits.AddBySpecificity(ofDomain, ofSite);
        limits.Add(_forAll);
        return limits.ToLimits();
    }

    /// <summary>The limits of a destination: the same as for any of the domains that share it.</summary>
    public DestinationLimits LimitsFor(DestinationKey key) =>
        !DomainPattern.TryParse(key.Rule, out var pattern) ? LimitsFor(key.Site, null)
        : pattern is DomainPattern.Suffix suffix ? LimitsFor(key.Site, "*." + suffix.Parent)
        : LimitsFor(key.Site, key.Rule);

    /// <summary>The suffix rules for a name, the longest first. A rule's own text counts as a name below its suffix.</summary>
    private List<ShapingRule> Suffixes(string? name)
    {
        var found = s_none;
        if (name is null || _bySuffix.Count == 0)
        {
            return found;
        }

        var lookup = _bySuffix.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (lookup.TryGetValue(name.AsSpan(dot + 1), out var rule))
            {
                found = ReferenceEquals(found, s_none) ? [] : found;
                found.Add(rule);
            }
        }

        return found;
    }

    private static readonly List<ShapingRule> s_none = [];

    private struct Merge
    {
        private int? _connections;
        private int? _messages;
        private Rate? _rate;
        private TimeSpan? _timeout;

        public void Add(ShapingRule? rule)
        {
            if (rule is not null)
            {
                _connections ??= rule.Connections;
                _messages ??= rule.MessagesPerConnection;
                _rate ??= rule.Rate;
                _timeout ??= rule.ConnectTimeout;
            }
        }

        public void AddBySpecificity(List<ShapingRule> first, List<ShapingRule> second)
        {
            int i = 0, j = 0;
            while (i < first.Count || j < second.Count)
            {
                var takeFirst = j == second.Count || (i < first.Count && Length(first[i]) >= Length(second[j]));
                Add(takeFirst ? first[i++] : second[j++]);
            }
        }

        public readonly DestinationLimits ToLimits() => new(
            _connections ?? DestinationLimits.Default.Connections,
            _messages ?? DestinationLimits.Default.MessagesPerConnection,
            _rate,
            _timeout ?? DestinationLimits.Default.ConnectTimeout);

        private static int Length(ShapingRule rule) => rule.Match is ShapingMatch.Domains domains ? domains.Pattern.Specificity : 0;
    }
}
