using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using MtaCluster.Testing.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Routing;

public sealed class RoutePlannerSpecs
{
    private readonly StaticMxResolver _dns = new StaticMxResolver()
        .Mx("example.net", (10, "mx1.example.net"), (20, "mx2.example.net"))
        .Mx("backup.example", (10, "mx.backup.example"), (20, "me.example"), (20, "peer.example"), (30, "last.example"))
        .Mx("ours.example", (10, "me.example"), (20, "mx.backup.example"))
        .Mx("null.example", new MxResult.NullMx())
        .Mx("slow.example", new MxResult.Unknown("SERVFAIL"))
        .Mx("relay.example", (5, "out.relay.example"));

    private async Task<RouteDecision> PlanAsync(string domain, ShapingTable? shaping, params (string Domain, string Hop)[] routes)
    {
        var rules = routes.Select(route =>
            DomainPattern.TryParse(route.Domain, out var pattern) && NextHop.TryParse(route.Hop, out var hop)
                ? new RouteRule(pattern, hop)
                : throw new ArgumentException(route.ToString())).ToImmutableArray();
        return await new RoutePlanner(_dns, rules, shaping ?? ShapingTable.Empty, "me.example")
            .PlanAsync(domain, TestContext.Current.CancellationToken);
    }

    private async Task<RouteDecision.ToDestination> DestinationAsync(string domain, params (string Domain, string Hop)[] routes) =>
        Assert.IsType<RouteDecision.ToDestination>(await PlanAsync(domain, null, routes));

    private static string Text(HopPlan plan) =>
        string.Join(' ', plan.Hosts.Select(host => $"{host.Preference}:{host.Name}")) + $" @{plan.Port}{(plan.Lmtp ? " lmtp" : "")} {plan.UnixPath}";

    [Theory]
    [InlineData("Example.NET")]
    [InlineData("example.net.")]
    public async Task Without_a_route_the_mail_exchangers_decide(string domain)
    {
        var decision = await DestinationAsync(domain);
        Assert.Equal("(mx1|mx2).example.net", decision.Key.ToString());
        Assert.Equal("10:mx1.example.net 20:mx2.example.net @25 ", Text(decision.Plan));
        Assert.False(decision.Plan.IsConfigured);
    }

    [Theory]
    [InlineData("relay.example", "out.relay.example", "5:out.relay.example @25 ")]
    [InlineData("relay.example:2525", "out.relay.example:2525", "5:out.relay.example @2525 ")]
    [InlineData("[relay.example]:26", "[relay.example]:26", "0:relay.example @26 ")]
    [InlineData("[192.0.2.1]", "[192.0.2.1]:25", "0:192.0.2.1 @25 ")]
    [InlineData("[2001:db8::1]:26", "[2001:db8::1]:26", "0:2001:db8::1 @26 ")]
    [InlineData("lmtp:[127.0.0.1]:24", "lmtp:[127.0.0.1]:24", "0:127.0.0.1 @24 lmtp ")]
    [InlineData("lmtp:unix:/run/lmtp", "lmtp:unix:/run/lmtp", " @0 lmtp /run/lmtp")]
    public async Task A_route_names_the_hop_and_the_site(string hop, string site, string plan)
    {
        var decision = await DestinationAsync("anything.example", ("*", hop));
        Assert.Equal(site, decision.Key.Site);
        Assert.Equal(plan, Text(decision.Plan));
        Assert.True(decision.Plan.IsConfigured);
    }

    [Fact]
    public async Task The_first_route_that_matches_decides()
    {
        (string, string)[] routes = [("*.corp.example", "[10.0.0.5]:25"), ("a.corp.example", "[10.0.0.6]:25"), ("*", "mx")];
        Assert.Equal("[10.0.0.5]:25", (await DestinationAsync("a.corp.example", routes)).Key.Site);
        Assert.Equal("(mx1|mx2).example.net", (await DestinationAsync("example.net", routes)).Key.Site);
    }

    [Fact]
    public async Task An_address_literal_goes_to_its_address_unless_all_mail_has_another_route()
    {
        var literal = await DestinationAsync("[IPv6:2001:db8::7]", ("*.example", "[10.0.0.5]:25"), ("*", "mx"));
        Assert.Equal("[2001:db8::7]:25", literal.Key.Site);
        Assert.Equal("[10.0.0.5]:25", (await DestinationAsync("[192.0.2.1]", ("*", "[10.0.0.5]:25"))).Key.Site);
    }

    [Fact]
    public async Task Where_we_are_a_mail_exchanger_only_better_ones_remain()
    {
        var decision = await DestinationAsync("backup.example");
        Assert.Equal("10:mx.backup.example @25 ", Text(decision.Plan));
    }

    [Theory]
    [InlineData("ours.example", 554, "5.4.6")]
    [InlineData("null.example", 556, "5.1.10")]
    [InlineData("nowhere.example", 550, "5.1.2")]
    [InlineData("no domain", 550, "5.1.2")]
    [InlineData("", 550, "5.1.2")]
    [InlineData("[127.1]", 550, "5.1.2")]
    public async Task Mail_that_cannot_go_bounces(string domain, int code, string enhanced)
    {
        var fail = Assert.IsType<RouteDecision.Fail>(await PlanAsync(domain, null));
        Assert.Equal((code, enhanced), (fail.Reply.Code, fail.Reply.Enhanced.ToString()));
    }

    [Theory]
    [InlineData("slow.example", "mx", "4.4.3")]
    [InlineData("example.net", "slow.example", "4.4.3")]
    [InlineData("example.net", "nowhere.example", "4.3.5")]
    [InlineData("example.net", "null.example", "4.3.5")]
    public async Task Mail_waits_for_the_dns_and_for_the_operator(string domain, string hop, string enhanced)
    {
        var defer = Assert.IsType<RouteDecision.Defer>(await PlanAsync(domain, null, ("*", hop)));
        Assert.Equal((451, enhanced), (defer.Reply.Code, defer.Reply.Enhanced.ToString()));
    }

    [Fact]
    public async Task Domains_of_one_site_share_a_destination_but_for_their_own_shaping_rules()
    {
        _dns.Mx("a.shared.example", (1, "mx.shared.example")).Mx("b.shared.example", (2, "mx.shared.example"));
        Assert.True(ShapingMatch.TryParse("b.shared.example", out var match));
        var shaping = new ShapingTable([new ShapingRule(match, Connections: 1)]);
        var a = Assert.IsType<RouteDecision.ToDestination>(await PlanAsync("a.shared.example", shaping));
        var b = Assert.IsType<RouteDecision.ToDestination>(await PlanAsync("b.shared.example", shaping));
        Assert.Equal(new DestinationKey("mx.shared.example"), a.Key);
        Assert.Equal(new DestinationKey("mx.shared.example", "b.shared.example"), b.Key);
        Assert.Equal("mx.shared.example#b.shared.example", b.Key.ToString());
    }
}
