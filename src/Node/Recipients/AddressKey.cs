using System.Diagnostics.CodeAnalysis;
using System.Text;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>
/// The forms in which addresses are looked up. We are the host of these domains, so local parts compare without regard to case (RFC 5321 §2.4).
/// </summary>
internal static class AddressKey
{
    private const int MaximumLength = Mailbox.MaximumLength + 2;

    // A domain in U-labels is longer than the mailbox that it becomes part of.
    private const int MaximumOctets = 1536;

    /// <summary>What separates a user from a tag.</summary>
    public const char TagMark = '+';

    /// <summary>Reads an address, which may be international (RFC 6531): our own files and tables may hold any.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        Span<byte> octets = stackalloc byte[MaximumOctets];
        return Encoding.UTF8.TryGetBytes(text, octets, out var length)
            && Mailbox.Parse(octets[..length], international: true, out mailbox) == AddressFault.None && mailbox is not null;
    }

    /// <summary>The whole address in lower case.</summary>
    public static string Of(Mailbox mailbox) => mailbox.ToString().ToLowerInvariant();

    /// <summary>Writes the whole address in lower case.</summary>
    /// <param name="mailbox">The address.</param>
    /// <param name="key">At least as long as the address.</param>
    public static ReadOnlySpan<char> Write(Mailbox mailbox, Span<char> key)
    {
        var length = mailbox.ToString().AsSpan().ToLowerInvariant(key);
        return key[..length];
    }

    /// <summary>Whether the local part is this one, in any case.</summary>
    public static bool IsLocalPart(Mailbox mailbox, string name) => mailbox.LocalPartSpan.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The address without its tag: <c>user@example.net</c> of <c>user+tag@example.net</c>. Quoted local parts have none.</summary>
    public static bool TryWithoutTag(Mailbox mailbox, [NotNullWhen(true)] out Mailbox? plain)
    {
        plain = null;
        var local = mailbox.LocalPartSpan;
        var mark = local.IndexOf(TagMark);
        if (mark <= 0 || local[0] == '"')
        {
            return false;
        }

        Span<char> text = stackalloc char[MaximumLength];
        local[..mark].CopyTo(text);
        text[mark] = '@';
        mailbox.DomainSpan.CopyTo(text[(mark + 1)..]);
        return TryParse(text[..(mark + 1 + mailbox.DomainSpan.Length)], out plain);
    }
}
