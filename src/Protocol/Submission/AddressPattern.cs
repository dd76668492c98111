using System.Diagnostics.CodeAnalysis;
using System.Text;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Submission;

/// <summary>
/// A set of mailboxes: <c>ann@example.net</c>, <c>ann+*@example.net</c> (an asterisk stands for any characters, once), <c>@example.net</c> or
/// <c>*@example.net</c>, <c>*@*.example.net</c> (all domains below), <c>*</c>. Without regard to case.
/// </summary>
public sealed record AddressPattern
{
    /// <summary>What <see cref="TryParse"/> reads, in words.</summary>
    public const string Form = "an address, @domain, or an address with an asterisk such as *@example.net, ann+*@example.net or *";

    private const string BelowMark = "*.";

    private readonly string _before;
    private readonly string? _after;
    private readonly string _domain;

    private AddressPattern(string before, string? after, string domain)
    {
        _before = before;
        _after = after;
        _domain = domain;
    }

    /// <summary>Every mailbox.</summary>
    public static AddressPattern Any { get; } = new(string.Empty, string.Empty, "*");

    /// <summary>Whether there is an asterisk in the local part.</summary>
    public bool HasWildcard => _after is not null;

    /// <summary>Whether it is for one domain.</summary>
    public bool HasOneDomain => !_domain.StartsWith('*');

    /// <summary>Reads a pattern.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out AddressPattern? pattern)
    {
        pattern = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var at = text.LastIndexOf('@');
        var local = at <= 0 ? "*" : text[..at];
        if ((at < 0 && text != "*") || !TryDomain(at < 0 ? "*" : text[(at + 1)..], out var domain))
        {
            return false;
        }

        var star = local.IndexOf('*', StringComparison.Ordinal);
        var after = star < 0 ? null : local[(star + 1)..];
        if (after?.Contains('*', StringComparison.Ordinal) == true || !TryMailbox($"{local.Replace('*', 'x')}@x.invalid", out var sample))
        {
            return false;
        }

        pattern = star < 0 ? new AddressPattern(sample.LocalPart, null, domain) : new AddressPattern(local[..star], after, domain);
        return true;
    }

    /// <summary>Every mailbox of a domain.</summary>
    public static AddressPattern In(MailDomain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return new AddressPattern(string.Empty, string.Empty, domain.Text);
    }

    /// <summary>One mailbox, whatever characters its local part has.</summary>
    public static AddressPattern Exactly(Mailbox mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        return new AddressPattern(mailbox.LocalPart, null, mailbox.Domain);
    }

    /// <summary>Whether a mailbox is one of the set.</summary>
    public bool Matches(Mailbox mailbox) => TryMatch(mailbox, out _);

    /// <inheritdoc/>
    public override string ToString() => $"{_before}{(HasWildcard ? "*" : "")}{_after}@{_domain}";

    /// <summary>Whether a mailbox is one of the set, and what the asterisk of the local part stands for in it.</summary>
    internal bool TryMatch(Mailbox mailbox, out ReadOnlySpan<char> captured)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        captured = default;
        var local = mailbox.LocalPartSpan;
        if (!MatchesDomain(mailbox.DomainSpan))
        {
            return false;
        }

        if (_after is null)
        {
            return local.Equals(_before, StringComparison.OrdinalIgnoreCase);
        }

        var isGood = local.Length >= _before.Length + _after.Length
            && local.StartsWith(_before, StringComparison.OrdinalIgnoreCase) && local.EndsWith(_after, StringComparison.OrdinalIgnoreCase);
        captured = isGood ? local[_before.Length..^_after.Length] : default;
        return isGood;
    }

    /// <summary>The mailbox that this pattern is with its asterisk replaced; false if that is none, or if the pattern is for many domains.</summary>
    internal bool TryFill(ReadOnlySpan<char> captured, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        return HasOneDomain && TryMailbox($"{_before}{(HasWildcard ? captured : default)}{_after}@{_domain}", out mailbox);
    }

    private static bool TryMailbox(string text, [NotNullWhen(true)] out Mailbox? mailbox) =>
        Mailbox.Parse(Encoding.UTF8.GetBytes(text), international: true, out mailbox) == AddressFault.None && mailbox is not null;

    private static bool TryDomain(string text, out string domain)
    {
        domain = text;
        if (text == "*")
        {
            return true;
        }

        var isBelow = text.StartsWith(BelowMark, StringComparison.Ordinal);
        if (!MailDomain.TryParse(isBelow ? text[BelowMark.Length..] : text, out var canonical)
            || canonical.Kind == MailDomainKind.GeneralLiteral || (isBelow && canonical.Kind != MailDomainKind.Name))
        {
            return false;
        }

        domain = isBelow ? BelowMark + canonical.Text : canonical.Text;
        return true;
    }

    private bool MatchesDomain(ReadOnlySpan<char> domain) =>
        HasOneDomain ? domain.SequenceEqual(_domain)
            : _domain.Length == 1 || (domain.Length > _domain.Length - 1 && domain.EndsWith(_domain.AsSpan(1), StringComparison.Ordinal));
}
