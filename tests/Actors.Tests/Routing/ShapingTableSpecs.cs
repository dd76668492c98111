using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Routing;

public sealed class ShapingTableSpecs
{
    private static ShapingRule Rule(string match, int? connections = null, int? messages = null, string? rate = null, int? seconds = null)
    {
        Assert.True(ShapingMatch.TryParse(match, out var parsed));
        Rate? parsedRate = null;
        Assert.True(rate is null || Rate.TryParse(rate, out parsedRate));
        return new ShapingRule(parsed, connections, messages, parsedRate, seconds is { } s ? TimeSpan.FromSeconds(s) : null);
    }

    [Fact]
    public void Without_rules_the_defaults_hold()
    {
        Assert.Equal(new DestinationLimits(20, 100, null, TimeSpan.FromSeconds(30)), ShapingTable.Empty.LimitsFor("mx.example.net", "example.net"));
        Assert.Null(ShapingTable.Empty.RuleFor("example.net"));
    }

    [Fact]
    public void Key_by_key_the_most_specific_rule_wins()
    {
        var table = new ShapingTable(
        [
            Rule("*", connections: 9, messages: 8, rate: "7/s", seconds: 6),
            Rule("*.fr", connections: 5, messages: 4),
            Rule("*.orange.fr", messages: 3),
            Rule("a.orange.fr", connections: 1),
            Rule("(mx1|mx2).host.example", rate: "2/m", connections: 77),
        ]);
        Assert.Equal(
            new DestinationLimits(1, 3, new Rate(2, TimeSpan.FromMinutes(1)), TimeSpan.FromSeconds(6)),
            table.LimitsFor("(mx1|mx2).host.example", "a.orange.fr"));
        Assert.Equal(
            new DestinationLimits(5, 3, new Rate(7, TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(6)),
            table.LimitsFor("mx.example", "b.orange.fr"));
        Assert.Equal(5, table.LimitsFor("mx.example", "orange.fr").Connections);
        Assert.Equal(9, table.LimitsFor("mx.example", "orange.example").Connections);
        Assert.Equal(5, table.LimitsFor("(mx1|mx2).orange.fr", "orange.example").Connections);
        Assert.Equal(3, table.LimitsFor("(mx1|mx2).orange.fr", "orange.example").MessagesPerConnection);
    }

    [Theory]
    [InlineData("orange.fr", "orange.fr")]
    [InlineData("x.wanadoo.fr", "*.wanadoo.fr")]
    [InlineData("wanadoo.fr", "*.fr")]
    [InlineData("example.net", null)]
    public void The_rule_that_splits_a_destination_is_the_most_specific_for_the_domain(string domain, string? expected)
    {
        var table = new ShapingTable([Rule("*", 1), Rule("*.fr", 2), Rule("*.wanadoo.fr", 3), Rule("orange.fr", 4), Rule("mx.example.net", 5)]);
        Assert.Equal(expected, table.RuleFor(domain));
    }

    [Fact]
    public void Of_two_rules_with_the_same_match_the_first_counts() =>
        Assert.Equal(1, new ShapingTable([Rule("a.b", 1), Rule("a.b", 2)]).LimitsFor("s.t", "a.b").Connections);

    [Fact]
    public void A_destination_key_has_the_limits_of_every_domain_that_shares_it()
    {
        string[] names = ["a", "b", "a.b", "b.a", "a.a.b", "b.a.b", "a.b.a", "b.b.a.b"];
        var name = Gen.Elements(names);
        var rule = from text in name
                   from star in Gen.Elements("", "*.")
                   from connections in Gen.Choose(0, 50)
                   from messages in Gen.Choose(0, 50)
                   select Rule(star + text, connections == 0 ? null : connections, messages == 0 ? null : messages);
        var cases = from rules in Gen.ListOf(rule)
                    from site in name
                    from domain in name
                    select (rules, site, domain);
        Prop.ForAll(Arb.From(cases), scenario =>
        {
            var table = new ShapingTable([.. scenario.rules]);
            var key = new DestinationKey(scenario.site, table.RuleFor(scenario.domain));
            return table.LimitsFor(scenario.site, scenario.domain) == table.LimitsFor(key);
        }).QuickCheckThrowOnFailure();
    }
}
