using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Address;

/// <summary>Whom a message is for: a mailbox, or <c>&lt;Postmaster&gt;</c> without a domain (RFC 5321 §4.1.1.3).</summary>
/// <param name="Mailbox">The mailbox, or null for the postmaster of this host.</param>
public sealed record ForwardPath(Mailbox? Mailbox)
{
    /// <summary><c>&lt;Postmaster&gt;</c>.</summary>
    public static ForwardPath Postmaster { get; } = new((Mailbox?)null);

    /// <summary>Whether this is the postmaster of this host.</summary>
    [MemberNotNullWhen(false, nameof(Mailbox))]
    public bool IsPostmaster => Mailbox is null;

    /// <summary>Reads <c>&lt;Postmaster&gt;</c>, in any case, or a path with its angle brackets.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ForwardPath? path) =>
        Parse(text, international: false, out path) == AddressFault.None;

    /// <summary>Reads <c>&lt;Postmaster&gt;</c> or a path with its angle brackets, and says what is wrong with it; see <see cref="Mailbox"/> for <paramref name="international"/>.</summary>
    public static AddressFault Parse(ReadOnlySpan<byte> text, bool international, out ForwardPath? path)
    {
        if (Ascii.EqualsIgnoreCase(text, "<postmaster>"u8))
        {
            path = Postmaster;
            return AddressFault.None;
        }

        var fault = PathSyntax.Parse(text, international, out var mailbox);
        path = mailbox is null ? null : new ForwardPath(mailbox);
        return fault;
    }

    /// <summary>The mailbox in wire form, or <c>Postmaster</c>.</summary>
    public override string ToString() => Mailbox?.ToString() ?? "Postmaster";
}
