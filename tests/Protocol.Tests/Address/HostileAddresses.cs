namespace MtaCluster.Protocol.Tests.Address;

/// <summary>Texts that are no mailboxes, though something in them may look like one.</summary>
internal static class HostileAddresses
{
    /// <summary>All of them.</summary>
    internal static IReadOnlyList<string> All { get; } =
    [
        // Nothing, or half of it.
        "", " ", "@", "@@", "u", "u@", "@x", "@x.org", ".", "..", "\"", "\"\"", "\"@x", "\\", "<>", "<u@x.org>", "u@x.org>", "<u@x.org",

        // Dots.
        ".u@x.org", "u.@x.org", "u..v@x.org", "...@x.org", "u@.x.org", "u@x.org.", "u@x..org", "u@.", "u@..", ".@x.org",

        // Hyphens and labels.
        "u@-x.org", "u@x-.org", "u@x.-org", "u@x.org-", "u@-", "u@x_y.org", "u@*.org", "u@x!y.org", "u@x%y.org", "u@x=y",

        // Spaces, comments, display names, lists.
        "u @x.org", "u@ x.org", " u@x.org", "u@x.org ", "u@x .org", "u v@x.org", "u(c)@x.org", "u@x.org(c)", "(c)u@x.org",
        "Name u@x.org", "Name <u@x.org>", "u@x.org,v@y.org", "u@x.org;v@y.org", "u,v@x.org", "u;v@x.org", "u:v@x.org", "group:u@x.org;",
        "mailto:u@x.org", "u\t@x.org", "\tu@x.org", "u@x.org\t",

        // More than one at sign.
        "u@v@x.org", "u@@x.org", "@u@x.org", "u@x.org@", "u@v@w@x.org", "@a,@b:u@x.org", "@a:u@x.org",

        // Line ends, NUL and other controls: command, header and log injection.
        "u\r\n@x.org", "u@x.org\r\n", "u@x.org\r\nRCPT TO:<v@y.org>", "u\n@x.org", "u\r@x.org", "u@x.org\n", "u@x.org\r", "u@x\n.org",
        "\"u\r\n\"@x.org", "\"u\n\"@x.org", "\"u\r\"@x.org", "\"\\\r\"@x.org", "\"\\\n\"@x.org", "u\0@x.org", "u@x.org\0", "u@x\0.org",
        "\"u\0\"@x.org", "\"\\\0\"@x.org", "u\u0001@x.org", "u\u007f@x.org", "\"u\u007f\"@x.org", "u@x\u007f.org", "u\u001b[2J@x.org",
        "\"u\t\"@x.org", "\u0085u@x.org", "u@x\u0085.org", "u@x\u2028.org", "u@x\u2029y.org",

        // Quotes.
        "\"u@x.org", "u\"@x.org", "\"u\"v@x.org", "u\"v\"@x.org", "\"u\".v@x.org", "u.\"v\"@x.org", "\"u\" @x.org", "\"u\"\"v\"@x.org",
        "\"u\\\"@x.org", "\"u\\", "\"u\\@x.org", "\"\"\"@x.org", "u\\@v@x.org", "\\u@x.org", "'u v'@x.org", "\"u\"x.org", "\"u\"@", "\"u\"",

        // Address literals.
        "u@[]", "u@[", "u@]", "u@[192.0.2.1", "u@192.0.2.1]", "u@[192.0.2]", "u@[192.0.2.1.1]", "u@[192.0.2.256]", "u@[192.0.2.-1]",
        "u@[192.0.2.0x1]", "u@[3221225985]", "u@[192.0.2.1 ]", "u@[ 192.0.2.1]", "u@[192.0.2.0001]", "u@[192..2.1]", "u@[.0.2.1]",
        "u@[IPv6:]", "u@[IPv6:::1%eth0]", "u@[IPv6:[::1]]", "u@[IPv6:::1]:25", "u@[IPv6:12345::1]", "u@[IPv6:1:2:3:4:5:6:7:8:9]",
        "u@[IPv6:1::2::3]", "u@[IPv6:192.0.2.1]", "u@[::1]", "u@[IPv6:g::1]", "u@[IPv6: ::1]", "u@[192.0.2.1]x", "u@x[192.0.2.1]",
        "u@[x]", "u@[tag:]", "u@[:content]", "u@[tag-:content]", "u@[tag:con[tent]", "u@[tag:con\\tent]", "u@[tag:con tent]", "u@[tag:c]",
        "u@[192.0.2.1\r\n]", "u@[\0]",

        // Letters that are none, and names that look like others.
        "\u00fc@x.org", "u\u200b@x.org", "u@\u200b", "u@x\u202ey.org", "u@\ufeffx.org", "u@x\u3000y.org", "u@\u2603.org", "u@x\ufffd.org",
        "u@\ud83d\ude00.org", "u@\u00fc..org", "u@.\u00fc.org", "u@-\u00fc.org", "u@\u00fc-.org", "u\uff20x.org",
    ];
}
