using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace MtaCluster.Protocol.Address;

/// <summary>What the right-hand side of a mailbox is (RFC 5321 §4.1.2, §4.1.3).</summary>
public enum MailDomainKind
{
    /// <summary>A domain name.</summary>
    Name,

    /// <summary><c>[192.0.2.1]</c>.</summary>
    IPv4Literal,

    /// <summary><c>[IPv6:2001:db8::1]</c>.</summary>
    IPv6Literal,

    /// <summary><c>[tag:content]</c>: allowed by the grammar, but no mail can be sent there.</summary>
    GeneralLiteral,
}

/// <summary>
/// The domain of a mailbox in its one canonical form: a name in lower-case A-labels (RFC 5890) without a final dot, or an
/// address literal in brackets. Printable ASCII only; at most 255 octets.
/// </summary>
public sealed record MailDomain
{
    /// <summary>The most octets a domain may have (RFC 5321 §4.5.3.1.2).</summary>
    public const int MaximumLength = 255;

    private MailDomain(string text, MailDomainKind kind, IPAddress? address)
    {
        Text = text;
        Kind = kind;
        Address = address;
    }

    /// <summary>The canonical form.</summary>
    public string Text { get; }

    /// <summary>A name, or which literal.</summary>
    public MailDomainKind Kind { get; }

    /// <summary>The address of an IPv4 or IPv6 literal, otherwise null.</summary>
    public IPAddress? Address { get; }

    /// <summary>Reads a domain or an address literal, in ASCII or UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out MailDomain? domain) =>
        Parse(text, out domain) == AddressFault.None;

    /// <summary>Reads a domain or an address literal.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out MailDomain? domain)
    {
        domain = null;
        Span<byte> utf8 = stackalloc byte[1024];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) && TryParse(utf8[..length], out domain);
    }

    /// <summary>
    /// Reads a domain or an address literal and says what is wrong with it. A general literal is parsed: see <see cref="Kind"/>.
    /// </summary>
    public static AddressFault Parse(ReadOnlySpan<byte> text, out MailDomain? domain)
    {
        domain = null;
        Span<byte> canonical = stackalloc byte[MaximumLength];
        var fault = DomainSyntax.Canonicalise(text, canonical, out var length, out var kind, out var address);
        if (fault == AddressFault.None)
        {
            domain = new MailDomain(Encoding.ASCII.GetString(canonical[..length]), kind, address);
        }

        return fault;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
