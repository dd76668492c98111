using System.Diagnostics.CodeAnalysis;

namespace MtaCluster.Protocol.Address;

/// <summary>
/// Where reports about a message go: a mailbox, or nobody (the null reverse-path <c>&lt;&gt;</c> of reports; RFC 5321 §4.5.5).
/// </summary>
/// <param name="Mailbox">The mailbox, or null for the null reverse-path.</param>
public sealed record ReversePath(Mailbox? Mailbox)
{
    /// <summary>The null reverse-path.</summary>
    public static ReversePath Null { get; } = new((Mailbox?)null);

    /// <summary>Whether this is the null reverse-path.</summary>
    [MemberNotNullWhen(false, nameof(Mailbox))]
    public bool IsNull => Mailbox is null;

    /// <summary>Reads <c>&lt;&gt;</c> or a path with its angle brackets.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ReversePath? path) =>
        Parse(text, international: false, out path) == AddressFault.None;

    /// <summary>Reads <c>&lt;&gt;</c> or a path with its angle brackets, and says what is wrong with it; see <see cref="Mailbox"/> for <paramref name="international"/>.</summary>
    public static AddressFault Parse(ReadOnlySpan<byte> text, bool international, out ReversePath? path)
    {
        if (text.SequenceEqual("<>"u8))
        {
            path = Null;
            return AddressFault.None;
        }

        var fault = PathSyntax.Parse(text, international, out var mailbox);
        path = mailbox is null ? null : new ReversePath(mailbox);
        return fault;
    }

    /// <summary>The mailbox in wire form; empty for the null reverse-path.</summary>
    public override string ToString() => Mailbox?.ToString() ?? string.Empty;
}
