using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Address;

/// <summary>
/// A mailbox, <c>local-part@domain</c>, in its one wire form (RFC 5321 §4.1.2): the local part as it was given but for needless
/// quotes, the domain as lower-case A-labels or an address literal. At most 254 octets, all printable ASCII unless it was read as
/// international: no CR, LF or NUL.
/// </summary>
/// <remarks>
/// Equality is that of the wire form. Local parts compare by case, since only the domain's own host may say they do not (§2.4).
/// </remarks>
public sealed record Mailbox
{
    /// <summary>The most octets a mailbox may have: a path of 256 (RFC 5321 §4.5.3.1.3) without its angle brackets.</summary>
    public const int MaximumLength = 254;

    private readonly string _wire;
    private readonly int _at;

    private Mailbox(string wire, int at)
    {
        _wire = wire;
        _at = at;
    }

    /// <summary>The local part in wire form, with its quotes if it needs them.</summary>
    public string LocalPart => _wire[.._at];

    /// <summary>The domain: lower-case A-labels, or an address literal in brackets.</summary>
    public string Domain => _wire[(_at + 1)..];

    /// <summary><see cref="LocalPart"/> without an allocation.</summary>
    public ReadOnlySpan<char> LocalPartSpan => _wire.AsSpan(0, _at);

    /// <summary><see cref="Domain"/> without an allocation.</summary>
    public ReadOnlySpan<char> DomainSpan => _wire.AsSpan(_at + 1);

    /// <summary>Whether the wire form is ASCII: otherwise it travels under SMTPUTF8 only (RFC 6531).</summary>
    public bool IsAscii => Ascii.IsValid(_wire);

    /// <summary>Reads a mailbox, in ASCII or with a UTF-8 domain.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Mailbox? mailbox) =>
        Parse(text, out mailbox) == AddressFault.None;

    /// <summary>Reads a mailbox.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        Span<byte> utf8 = stackalloc byte[1536];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) && TryParse(utf8[..length], out mailbox);
    }

    /// <summary>
    /// Reads a mailbox and says what is wrong with it; the mailbox is null unless the answer is <see cref="AddressFault.None"/>.
    /// </summary>
    public static AddressFault Parse(ReadOnlySpan<byte> text, out Mailbox? mailbox) => Parse(text, international: false, out mailbox);

    /// <summary>Reads a mailbox; if it may be <paramref name="international"/>, with UTF-8 in its local part (RFC 6531 §3.3).</summary>
    public static AddressFault Parse(ReadOnlySpan<byte> text, bool international, out Mailbox? mailbox)
    {
        mailbox = null;
        Span<byte> wire = stackalloc byte[LocalPartSyntax.MaximumLength + 1 + MailDomain.MaximumLength];
        var fault = LocalPartSyntax.Canonicalise(text, international, wire, out var consumed, out var at);
        if (fault != AddressFault.None)
        {
            return fault;
        }

        wire[at] = (byte)'@';
        var domain = wire.Slice(at + 1, MailDomain.MaximumLength);
        fault = DomainSyntax.Canonicalise(text[(consumed + 1)..], domain, out var domainLength, out var kind, out _);
        if (fault == AddressFault.None && kind == MailDomainKind.GeneralLiteral)
        {
            fault = AddressFault.UnroutableLiteral;
        }

        var length = at + 1 + domainLength;
        if (fault == AddressFault.None && length > MaximumLength)
        {
            fault = AddressFault.TooLong;
        }

        if (fault == AddressFault.None)
        {
            mailbox = new Mailbox(Encoding.UTF8.GetString(wire[..length]), Encoding.UTF8.GetCharCount(wire[..at]));
        }

        return fault;
    }

    /// <summary>
    /// The domain within the wire form of a mailbox: what follows its last <c>@</c>, which no domain can hold. Empty if there is none.
    /// </summary>
    public static ReadOnlySpan<char> DomainOf(ReadOnlySpan<char> wire)
    {
        var at = wire.LastIndexOf('@');
        return at < 0 ? [] : wire[(at + 1)..];
    }

    /// <inheritdoc cref="DomainOf(ReadOnlySpan{char})"/>
    public static string DomainOf(string wire) => DomainOf(wire.AsSpan()).ToString();

    /// <summary>The wire form, without angle brackets.</summary>
    public override string ToString() => _wire;
}
