using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// Which domains a rule is for: one domain, all domains below a suffix (<c>*.suffix</c>, without the suffix itself), or all (<c>*</c>).
/// </summary>
public abstract record DomainPattern
{
    private DomainPattern()
    {
    }

    /// <summary>Orders patterns that match the same domain: the greater is the more specific.</summary>
    public abstract int Specificity { get; }

    /// <summary>Reads <c>domain</c>, <c>*.suffix</c> or <c>*</c>, in either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DomainPattern? pattern)
    {
        pattern = null;
        if (text == "*")
        {
            pattern = Any.Instance;
        }
        else if (text is not null && text.StartsWith("*.", StringComparison.Ordinal))
        {
            pattern = DnsName.TryNormalize(text[2..], out var suffix) ? new Suffix(suffix) : null;
        }
        else if (DnsName.TryNormalize(text, out var domain))
        {
            pattern = new Exact(domain);
        }

        return pattern is not null;
    }

    /// <summary>Whether <paramref name="domain"/>, in the form of <see cref="DnsName"/>, is one of the pattern's.</summary>
    public abstract bool Matches(string domain);

    /// <summary>One domain.</summary>
    public sealed record Exact : DomainPattern
    {
        internal Exact(string domain) => Domain = domain;

        /// <summary>The domain.</summary>
        public string Domain { get; }

        /// <inheritdoc/>
        public override int Specificity => int.MaxValue;

        /// <inheritdoc/>
        public override bool Matches(string domain) => string.Equals(domain, Domain, StringComparison.Ordinal);

        /// <inheritdoc/>
        public override string ToString() => Domain;
    }

    /// <summary>All domains below a suffix.</summary>
    public sealed record Suffix : DomainPattern
    {
        internal Suffix(string parent) => Parent = parent;

        /// <summary>The suffix, without its asterisk and dot.</summary>
        public string Parent { get; }

        /// <inheritdoc/>
        public override int Specificity => Parent.Length;

        /// <inheritdoc/>
        public override bool Matches(string domain) => domain.Length > Parent.Length + 1
            && domain[^(Parent.Length + 1)] == '.'
            && domain.EndsWith(Parent, StringComparison.Ordinal);

        /// <inheritdoc/>
        public override string ToString() => "*." + Parent;
    }

    /// <summary>All domains.</summary>
    public sealed record Any : DomainPattern
    {
        private Any()
        {
        }

        /// <summary>The only one.</summary>
        public static Any Instance { get; } = new();

        /// <inheritdoc/>
        public override int Specificity => 0;

        /// <inheritdoc/>
        public override bool Matches(string domain) => true;

        /// <inheritdoc/>
        public override string ToString() => "*";
    }
}
