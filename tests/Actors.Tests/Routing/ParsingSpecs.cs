using System.Net;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Routing;

public sealed class ParsingSpecs
{
    [Theory]
    [InlineData("Example.NET", "example.net")]
    [InlineData("example.net.", "example.net")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("_dmarc.example.net", "_dmarc.example.net")]
    [InlineData("localhost", "localhost")]
    public void A_domain_name_has_one_form(string text, string expected)
    {
        Assert.True(DnsName.TryNormalize(text, out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("-a.b")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("[192.0.2.1]")]
    [InlineData("a\0b")]
    [InlineData("xn--\u0080")]
    public void What_is_no_domain_name_is_refused(string text) => Assert.False(DnsName.TryNormalize(text, out _));

    [Fact]
    public void Labels_of_63_and_names_of_253_octets_are_the_longest()
    {
        var label = new string('a', 63);
        Assert.True(DnsName.TryNormalize($"{label}.{label}.{label}.{new string('a', 61)}", out _));
        Assert.False(DnsName.TryNormalize($"{label}.{label}.{label}.{new string('a', 62)}", out _));
        Assert.False(DnsName.TryNormalize(label + "a", out _));
    }

    [Theory]
    [InlineData("*", "example.net", true)]
    [InlineData("*.example.net", "mail.Example.net", true)]
    [InlineData("*.example.net", "a.b.example.net", true)]
    [InlineData("*.example.net", "example.net", false)]
    [InlineData("*.example.net", "badexample.net", false)]
    [InlineData("example.net", "example.net", true)]
    [InlineData("Example.net", "mail.example.net", false)]
    public void A_pattern_matches_its_domains(string pattern, string domain, bool expected)
    {
        Assert.True(DomainPattern.TryParse(pattern, out var parsed));
        Assert.True(DnsName.TryNormalize(domain, out var name));
        Assert.Equal(expected, parsed.Matches(name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*.")]
    [InlineData("**")]
    [InlineData("a.*.b")]
    [InlineData("*example.net")]
    public void What_is_no_pattern_is_refused(string? text) => Assert.False(DomainPattern.TryParse(text, out _));

    [Theory]
    [InlineData("mx", "mx")]
    [InlineData("MX", "mx")]
    [InlineData("Relay.Example.net", "relay.example.net")]
    [InlineData("relay.example.net:2525", "relay.example.net:2525")]
    [InlineData("[relay.example.net]:26", "[relay.example.net]:26")]
    [InlineData("[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("[2001:DB8::1]:25", "[2001:db8::1]:25")]
    [InlineData("[IPv6:2001:db8::1]:25", "[2001:db8::1]:25")]
    [InlineData("lmtp:[127.0.0.1]:24", "lmtp:[127.0.0.1]:24")]
    [InlineData("lmtp:unix:/run/lmtp.sock", "lmtp:unix:/run/lmtp.sock")]
    public void A_next_hop_reads_and_prints(string text, string expected)
    {
        Assert.True(NextHop.TryParse(text, out var hop));
        Assert.Equal(expected, hop.ToString());
        Assert.True(NextHop.TryParse(hop.ToString(), out var again));
        Assert.Equal(hop, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1:25")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+25")]
    [InlineData("[host")]
    [InlineData("[]:25")]
    [InlineData("[host]25")]
    [InlineData("[host]:")]
    [InlineData("[127.1]:25x")]
    [InlineData("[fe80::1%eth0]:25")]
    [InlineData("lmtp:")]
    [InlineData("lmtp:host:24")]
    [InlineData("lmtp:[host]")]
    [InlineData("lmtp:unix:relative")]
    [InlineData("lmtp:unix:/a\nb")]
    [InlineData("smtp:[host]:25")]
    public void What_is_no_next_hop_is_refused(string? text) => Assert.False(NextHop.TryParse(text, out _));

    [Theory]
    [InlineData("[192.0.2.1]", "192.0.2.1")]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1")]
    [InlineData("[ipv6:::ffff:192.0.2.1]", "192.0.2.1")]
    public void An_address_literal_is_an_address(string text, string expected)
    {
        Assert.True(AddressLiteral.TryParse(text, out var address));
        Assert.Equal(IPAddress.Parse(expected), address);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("[192.0.2]")]
    [InlineData("[0x7f000001]")]
    [InlineData("[192.0.2.01]")]
    [InlineData("[IPv6:192.0.2.1]")]
    [InlineData("[]")]
    [InlineData("[[::1]]")]
    public void What_is_no_address_literal_is_refused(string text) => Assert.False(AddressLiteral.TryParse(text, out _));

    [Theory]
    [InlineData("100/m", 100, 60)]
    [InlineData("1/s", 1, 1)]
    [InlineData("5/h", 5, 3600)]
    [InlineData("2147483647/d", int.MaxValue, 86400)]
    public void A_rate_reads_and_prints(string text, int count, int seconds)
    {
        Assert.True(Rate.TryParse(text, out var rate));
        Assert.Equal(new Rate(count, TimeSpan.FromSeconds(seconds)), rate);
        Assert.Equal(text, rate.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/m")]
    [InlineData("0/m")]
    [InlineData("-1/m")]
    [InlineData("100/x")]
    [InlineData("100m")]
    [InlineData("100/M")]
    [InlineData("2147483648/d")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(Rate.TryParse(text, out _));

    [Fact]
    public void No_text_makes_a_parser_throw() => Prop.ForAll<string?>(text =>
    {
        _ = DnsName.TryNormalize(text, out _);
        _ = DomainPattern.TryParse(text, out _);
        _ = NextHop.TryParse(text, out _);
        _ = ShapingMatch.TryParse(text, out _);
        _ = DestinationKey.TryParse(text, out _);
        _ = AddressLiteral.TryParse(text, out _);
        _ = Rate.TryParse(text, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_destination_key_is_read_back_from_its_text() => Prop.ForAll<string?, string?>((site, rule) =>
    {
        if (string.IsNullOrEmpty(site) || rule?.Length == 0)
        {
            return;
        }

        foreach (var key in new[] { new DestinationKey(site, rule), new DestinationKey(site + "#%23", "%#" + rule) })
        {
            Assert.True(DestinationKey.TryParse(key.ToString(), out var again));
            Assert.Equal(key, again);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("(mx1|mx2).orange.fr", "(mx1|mx2).orange.fr")]
    [InlineData("[192.0.2.1]:25", "[192.0.2.1]:25")]
    [InlineData("mx.example.net:2525", "mx.example.net:2525")]
    [InlineData("Orange.fr", "orange.fr")]
    [InlineData("*.orange.fr", "*.orange.fr")]
    [InlineData("lmtp:unix:/run/a b", "lmtp:unix:/run/a b")]
    public void A_shaping_rule_is_for_domains_or_a_site(string text, string expected)
    {
        Assert.True(ShapingMatch.TryParse(text, out var match));
        Assert.Equal(expected, match.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("(")]
    [InlineData("orange .fr")]
    [InlineData("*orange.fr")]
    [InlineData("-x")]
    public void What_a_shaping_rule_cannot_be_for_is_refused(string text) => Assert.False(ShapingMatch.TryParse(text, out _));
}
