using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Routing;

public sealed class SiteNameSpecs
{
    private static ImmutableArray<MxHost> Hosts(params string[] names) => [.. names.Select((name, i) => new MxHost(name, 10 * i))];

    [Theory]
    [InlineData("mx.example.net", "mx.example.net")]
    [InlineData("(mx1|mx2).orange.fr", "mx2.orange.fr", "mx1.orange.fr")]
    [InlineData("(a.x|b.y)", "b.y", "a.x")]
    [InlineData("(alt1.aspmx|aspmx).l.google.com", "aspmx.l.google.com", "alt1.aspmx.l.google.com")]
    [InlineData("(mx.orange|orange).fr", "orange.fr", "mx.orange.fr")]
    [InlineData("(mx1|mx2).orange.fr", "mx1.orange.fr", "mx2.orange.fr", "mx1.orange.fr")]
    [InlineData("(amx|mx).net", "mx.net", "amx.net")]
    [InlineData("(a|b)", "a", "b")]
    public void A_host_set_is_folded_by_the_labels_it_ends_in(string expected, params string[] names)
    {
        var site = SiteName.Of(Hosts(names), null);
        Assert.Equal(expected, site);
        Assert.Equal(site, SiteName.Of(Hosts([.. names.Reverse()]), null));
    }

    [Fact]
    public void An_unusual_port_is_part_of_the_name() =>
        Assert.Equal("(mx1|mx2).orange.fr:2525", SiteName.Of(Hosts("mx1.orange.fr", "mx2.orange.fr"), 2525));

    [Fact]
    public void A_long_host_set_is_cut_and_told_from_others_by_its_hash()
    {
        var names = Enumerable.Range(0, 60).Select(i => $"mail-exchanger-{i:00}.example.net").ToArray();
        var one = SiteName.Of(Hosts(names), null);
        names[59] = "mail-exchanger-99.example.net";
        var other = SiteName.Of(Hosts(names), null);
        Assert.NotEqual(one, other);
        Assert.InRange(one.Length, 100, 260);
        Assert.EndsWith(").example.net", one, StringComparison.Ordinal);
    }
}
