using System.Buffers;

namespace MtaCluster.Protocol.Address;

/// <summary>
/// <code>
/// Path      = "&lt;" [ A-d-l ":" ] Mailbox "&gt;"
/// A-d-l     = At-domain *( "," At-domain )
/// At-domain = "@" Domain
/// </code>
/// RFC 5321 §4.1.2. A source route is checked and dropped (§3.6.1, appendix C).
/// </summary>
internal static class PathSyntax
{
    private static readonly SearchValues<byte> s_turns = SearchValues.Create("\"\\>"u8);

    /// <summary>
    /// The length of the path at the start of <paramref name="text"/>, up to the first <c>&gt;</c> outside quotes; 0 if it does not
    /// begin with <c>&lt;</c> or does not end.
    /// </summary>
    internal static int Measure(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != (byte)'<')
        {
            return 0;
        }

        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            var next = text[i..].IndexOfAny(s_turns);
            if (next < 0)
            {
                return 0;
            }

            i += next;
            if (text[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (text[i] == (byte)'\\')
            {
                i++;
            }
            else if (!quoted)
            {
                return i + 1;
            }
        }

        return 0;
    }

    internal static AddressFault Parse(ReadOnlySpan<byte> text, bool international, out Mailbox? mailbox)
    {
        mailbox = null;
        if (text.Length < 2 || text[0] != (byte)'<' || text[^1] != (byte)'>')
        {
            return AddressFault.Syntax;
        }

        var path = text[1..^1];
        return TryDropSourceRoute(ref path) ? Mailbox.Parse(path, international, out mailbox) : AddressFault.Syntax;
    }

    private static bool TryDropSourceRoute(ref ReadOnlySpan<byte> path)
    {
        Span<byte> canonical = stackalloc byte[MailDomain.MaximumLength];
        var more = !path.IsEmpty && path[0] == (byte)'@';
        while (more)
        {
            var end = path.IndexOfAny((byte)',', (byte)':');
            if (end < 1 || path[0] != (byte)'@' || path[1] == (byte)'['
                || DomainSyntax.Canonicalise(path[1..end], canonical, out _, out _, out _) != AddressFault.None)
            {
                return false;
            }

            more = path[end] == (byte)',';
            path = path[(end + 1)..];
        }

        return true;
    }
}
