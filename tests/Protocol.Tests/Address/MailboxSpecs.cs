using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Address;
using Xunit;

namespace MtaCluster.Protocol.Tests.Address;

public sealed class MailboxSpecs
{
    private static readonly string s_label63 = new('d', 63);

    [Theory]
    [InlineData("user@example.org", "user@example.org")]
    [InlineData("User@EXAMPLE.Org", "User@example.org")]
    [InlineData("a.b.c@x", "a.b.c@x")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org")]
    [InlineData("\"user\"@example.org", "user@example.org")]
    [InlineData("\"us\\er\"@example.org", "user@example.org")]
    [InlineData("\"a b\"@example.org", "\"a b\"@example.org")]
    [InlineData("\"a\\ b\"@example.org", "\"a b\"@example.org")]
    [InlineData("\"a@b\"@example.org", "\"a@b\"@example.org")]
    [InlineData("\"a\\\"b\\\\c\"@example.org", "\"a\\\"b\\\\c\"@example.org")]
    [InlineData("\"\"@example.org", "\"\"@example.org")]
    [InlineData("\".\"@example.org", "\".\"@example.org")]
    [InlineData("\"a..b\"@example.org", "\"a..b\"@example.org")]
    [InlineData("u@[192.0.2.1]", "u@[192.0.2.1]")]
    [InlineData("u@[192.000.002.010]", "u@[192.0.2.10]")]
    [InlineData("u@[ipv6:2001:DB8:0:0:0:0:0:1]", "u@[IPv6:2001:db8::1]")]
    [InlineData("u@[IPv6:::ffff:192.0.2.1]", "u@[IPv6:::ffff:192.0.2.1]")]
    [InlineData("u@B\u00dcCHER.example", "u@xn--bcher-kva.example")]
    [InlineData("u@\u4f8b\u3048.\u30c6\u30b9\u30c8", "u@xn--r8jz45g.xn--zckzah")]
    [InlineData("u@xn--bcher-kva.example", "u@xn--bcher-kva.example")]
    [InlineData("u@1.2.3.4", "u@1.2.3.4")]
    [InlineData("u@0-0.x", "u@0-0.x")]
    public void A_mailbox_has_one_wire_form(string text, string wire)
    {
        Assert.True(Mailbox.TryParse(text, out var mailbox));
        Assert.Equal(wire, mailbox.ToString());
        Assert.Equal(wire, mailbox.LocalPart + "@" + mailbox.Domain);
        Assert.Equal(mailbox.Domain, Mailbox.DomainOf(wire));
        Assert.True(Mailbox.TryParse(wire, out var again));
        Assert.Equal(mailbox, again);
    }

    [Fact]
    public void Every_hostile_text_is_refused()
    {
        Assert.True(HostileAddresses.All.Count > 100, "the list is meant to be long");
        foreach (var text in HostileAddresses.All)
        {
            Assert.False(Mailbox.TryParse(text, out var mailbox), $"'{text}' was taken as {mailbox}");
            Assert.Null(mailbox);
        }
    }

    [Fact]
    public void Each_octet_in_a_local_part_is_an_atom_character_or_needs_quotes_or_is_refused()
    {
        const string Atom = "!#$%&'*+-/=?^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        for (var octet = 0; octet < 256; octet++)
        {
            var isAtom = octet < 128 && Atom.Contains((char)octet, StringComparison.Ordinal);
            byte[] bare = [(byte)'a', (byte)octet, (byte)'b', .. "@x.org"u8];
            Assert.Equal(isAtom || octet == '.', Mailbox.TryParse(bare, out _));

            byte[] quoted = [(byte)'"', (byte)'a', (byte)octet, (byte)'b', (byte)'"', .. "@x.org"u8];
            Assert.Equal(octet is >= 32 and <= 126 && octet != '"', Mailbox.TryParse(quoted, out _));

            byte[] escaped = [(byte)'"', (byte)'a', (byte)'\\', (byte)octet, (byte)'"', .. "@x.org"u8];
            Assert.Equal(octet is >= 32 and <= 126, Mailbox.TryParse(escaped, out _));
        }
    }

    [Fact]
    public void Each_octet_in_a_domain_is_a_letter_a_digit_a_hyphen_or_a_dot_or_refused()
    {
        for (var octet = 0; octet < 256; octet++)
        {
            byte[] text = [.. "u@a"u8, (byte)octet, .. "b.org"u8];
            var allowed = octet < 128 && (char.IsAsciiLetterOrDigit((char)octet) || octet is '-' or '.');
            Assert.Equal(allowed, Mailbox.TryParse(text, out _));
        }
    }

    [Fact]
    public void Lengths_are_those_of_the_RFC_to_the_octet()
    {
        var local64 = new string('l', 64);
        AssertFault(AddressFault.None, local64 + "@x.org");
        AssertFault(AddressFault.TooLong, local64 + "l@x.org");
        AssertFault(AddressFault.None, "\"" + new string(' ', 62) + "\"@x.org");
        AssertFault(AddressFault.TooLong, "\"" + new string(' ', 63) + "\"@x.org");
        AssertFault(AddressFault.None, "\"" + local64 + "\"@x.org");
        AssertFault(AddressFault.TooLong, "\"" + new string('\\', 64) + "\"@x.org");
        AssertFault(AddressFault.None, $"u@{s_label63}.org");
        AssertFault(AddressFault.TooLong, $"u@{s_label63}d.org");

        var domain252 = string.Join('.', s_label63, s_label63, s_label63, s_label63[..60]);
        AssertFault(AddressFault.None, "u@" + domain252);
        AssertFault(AddressFault.TooLong, "uv@" + domain252 + "d");
        Assert.True(MailDomain.TryParse(domain252 + "ddd", out _));
        Assert.False(MailDomain.TryParse(domain252 + ".ddd", out _));
    }

    [Theory]
    [InlineData("\u00fcser@example.org", AddressFault.NonAsciiLocalPart)]
    [InlineData("\"\u00fcser\"@example.org", AddressFault.NonAsciiLocalPart)]
    [InlineData("u@[tag:content]", AddressFault.UnroutableLiteral)]
    [InlineData("u@\u2603.example", AddressFault.BadInternationalDomain)]
    [InlineData("u@a\u200bb.example", AddressFault.BadInternationalDomain)]
    [InlineData("u@", AddressFault.Syntax)]
    [InlineData("u", AddressFault.Syntax)]
    public void The_fault_says_what_is_wrong(string text, AddressFault fault) => AssertFault(fault, text);

    [Fact]
    public void A_domain_that_is_no_UTF_8_is_refused() =>
        Assert.Equal(AddressFault.BadInternationalDomain, Mailbox.Parse([.. "u@"u8, 0xC3, 0x28, .. ".org"u8], out _));

    [Fact]
    public void Local_parts_differ_by_case_and_domains_do_not()
    {
        Assert.Equal(Parse("u@EXAMPLE.org"), Parse("u@example.ORG"));
        Assert.NotEqual(Parse("U@example.org"), Parse("u@example.org"));
    }

    [Theory]
    [InlineData("a@b", "b")]
    [InlineData("\"x@y\"@[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("nothing", "")]
    [InlineData("", "")]
    public void The_domain_of_a_wire_form_is_found_fast(string wire, string domain) => Assert.Equal(domain, Mailbox.DomainOf(wire));

    [Fact]
    public void Whatever_the_octets_the_answer_is_harmless()
    {
        var alphabet = Gen.OneOf(
            Gen.Elements("\"\\@.<>[]:, \r\n\0-ab1"u8.ToArray()),
            ArbMap.Default.GeneratorFor<byte>());
        Prop.ForAll(alphabet.ArrayOf().ToArbitrary(), octets =>
        {
            byte[] withDomain = [.. octets, .. "@x.org"u8];
            return IsHarmless(octets) && IsHarmless(withDomain);
        }).Hold();
    }

    private static bool IsHarmless(byte[] octets)
    {
        var fault = Mailbox.Parse(octets, out var mailbox);
        return mailbox is null
            ? fault != AddressFault.None
            : fault == AddressFault.None
                && mailbox.ToString().Length <= Mailbox.MaximumLength
                && mailbox.ToString().All(c => c is >= ' ' and <= '~')
                && Mailbox.TryParse(mailbox.ToString(), out var again) && again == mailbox;
    }

    private static void AssertFault(AddressFault expected, string text) =>
        Assert.Equal(expected, Mailbox.Parse(Encoding.UTF8.GetBytes(text), out _));

    private static Mailbox Parse(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    [Theory]
    [InlineData("\u00fcser@example.org", "\u00fcser@example.org")]
    [InlineData("\"\u00fc ser\"@example.org", "\"\u00fc ser\"@example.org")]
    [InlineData("\"\u00fcser\"@b\u00fccher.example", "\u00fcser@xn--bcher-kva.example")]
    [InlineData("\ud83d\ude00@example.org", "\ud83d\ude00@example.org")]
    public void An_international_mailbox_keeps_its_local_part(string text, string wire)
    {
        Assert.Equal(AddressFault.NonAsciiLocalPart, Mailbox.Parse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Equal(AddressFault.None, Mailbox.Parse(Encoding.UTF8.GetBytes(text), international: true, out var mailbox));
        Assert.Equal((wire, false), (mailbox!.ToString(), mailbox.IsAscii));
        Assert.Equal(wire, mailbox.LocalPart + "@" + mailbox.Domain);
    }

    [Theory]
    [InlineData("\u00fc..x@example.org")]
    [InlineData(".\u00fc@example.org")]
    [InlineData("\u00fc x@example.org")]
    [InlineData("\u0085@example.org")]
    [InlineData("\"\u0085\"@example.org")]
    public void International_mailboxes_follow_the_grammar_too(string text) =>
        Assert.Equal(AddressFault.Syntax, Mailbox.Parse(Encoding.UTF8.GetBytes(text), international: true, out _));

    [Fact]
    public void What_is_no_UTF8_is_no_mailbox()
    {
        byte[] overlong = [0xC0, 0xAF, .. "@example.org"u8];
        byte[] cut = [0xE2, 0x82, .. "@example.org"u8];
        Assert.Equal(AddressFault.Syntax, Mailbox.Parse(overlong, international: true, out _));
        Assert.Equal(AddressFault.Syntax, Mailbox.Parse(cut, international: true, out _));
        Assert.Equal(AddressFault.TooLong, Mailbox.Parse(Encoding.UTF8.GetBytes(new string('\u00fc', 33) + "@example.org"), international: true, out _));
    }
}
