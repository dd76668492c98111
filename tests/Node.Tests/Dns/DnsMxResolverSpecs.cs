using System.Net;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Dns;
using Xunit;

namespace MtaCluster.Node.Tests.Dns;

/// <summary>What a real name server says, and what it means for mail.</summary>
public sealed class DnsMxResolverSpecs(NsdServer server) : IClassFixture<NsdServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DnsMxResolver Resolver()
    {
        if (server.Address is not { } address)
        {
            Assert.Skip("There is no NSD on this machine, or it does not start (Debian: apt-get install nsd)");
            throw new InvalidOperationException();
        }

        return new DnsMxResolver(new DnsMxResolverOptions { Servers = [address] });
    }

    private static string Text(MxResult result) => result switch
    {
        MxResult.Found found => string.Join(' ', found.Hosts.OrderBy(h => (h.Preference, h.Name)).Select(h => $"{h.Preference}:{h.Name}"))
            + (found.IsImplicit ? " implicit" : ""),
        MxResult.NoSuchDomain none => "none: " + none.Reason,
        MxResult.Unknown unknown => "unknown: " + unknown.Reason,
        _ => "null",
    };

    private static string Text(AddressResult result) => result switch
    {
        AddressResult.Found found => string.Join(' ', found.Addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal)),
        AddressResult.NoSuchHost none => "none: " + none.Reason,
        AddressResult.Unknown unknown => "unknown: " + unknown.Reason,
        _ => "",
    };

    [Theory]
    [InlineData("example.net", "10:mx1.example.net 20:mx2.example.net 20:mx3.example.net")]
    [InlineData("EXAMPLE.net.", "10:mx1.example.net 20:mx2.example.net 20:mx3.example.net")]
    [InlineData("implicit.example.net", "0:implicit.example.net implicit")]
    [InlineData("implicit6.example.net", "0:implicit6.example.net implicit")]
    [InlineData("empty.example.net", "none: the domain has neither an MX record nor an address")]
    [InlineData("nowhere.example.net", "none: the domain does not exist")]
    [InlineData("null.example.net", "null")]
    [InlineData("nullish.example.net", "10:mx1.example.net")]
    [InlineData("alias.example.net", "5:mx1.example.net")]
    [InlineData("aliastohost.example.net", "0:aliastohost.example.net implicit")]
    [InlineData("dangling.example.net", "none: the domain does not exist")]
    [InlineData("tocname.example.net", "10:hostalias.example.net")]
    [InlineData("toip.example.net", "20:mx1.example.net")]
    [InlineData("onlyip.example.net", "none: its MX records name no host")]
    [InlineData("odd.example.net", "none: its MX records name no host")]
    [InlineData("a b", "none: it is not a domain name")]
    public async Task Mail_exchangers_are_found(string domain, string expected)
    {
        using var resolver = Resolver();
        Assert.Equal(expected, Text(await resolver.ResolveMxAsync(domain, Cancelled)));
        var again = resolver.ResolveMxAsync(domain, Cancelled);
        Assert.True(again.IsCompletedSuccessfully);
        Assert.Equal(expected, Text(await again));
    }

    [Theory]
    [InlineData("mx1.example.net", "192.0.2.1 2001:db8::1")]
    [InlineData("hostalias.example.net", "192.0.2.1 2001:db8::1")]
    [InlineData("mx2.example.net", "192.0.2.2")]
    [InlineData("implicit6.example.net", "2001:db8::4")]
    [InlineData("empty.example.net", "none: the host has no address")]
    [InlineData("nowhere.example.net", "none: the host does not exist")]
    [InlineData("localhost", "127.0.0.1 ::1")]
    [InlineData("a b", "none: it is not a host name")]
    public async Task Addresses_are_found(string host, string expected)
    {
        using var resolver = Resolver();
        Assert.Equal(expected, Text(await resolver.ResolveAddressesAsync(host, Cancelled)));
    }

    [Fact]
    public async Task A_circle_of_aliases_is_no_answer()
    {
        using var resolver = Resolver();
        Assert.StartsWith("unknown: ", Text(await resolver.ResolveMxAsync("circle1.example.net", Cancelled)), StringComparison.Ordinal);
        Assert.StartsWith("unknown: ", Text(await resolver.ResolveAddressesAsync("circle1.example.net", Cancelled)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_too_long_for_a_datagram_comes_over_tcp()
    {
        using var resolver = Resolver();
        var found = Assert.IsType<MxResult.Found>(await resolver.ResolveMxAsync("many.example.net", Cancelled));
        Assert.Equal(Enumerable.Range(0, 40), found.Hosts.Select(host => host.Preference));
    }

    [Fact]
    public async Task A_zone_that_the_server_does_not_have_is_refused()
    {
        using var resolver = Resolver();
        Assert.Equal(
            $"unknown: DNS server {server.Address} says REFUSED to MX example.org",
            Text(await resolver.ResolveMxAsync("example.org", Cancelled)));
    }
}
