using MtaCluster.Actors.Rates;
using MtaCluster.Actors.Routing;
using Xunit;

namespace MtaCluster.Actors.Tests.Rates;

public sealed class RateBookSpecs
{
    private static readonly Pace s_pace = Pace.Of(new Rate(2, TimeSpan.FromMinutes(1)));

    private readonly RateBook _book = new(3);
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void Keys_have_a_rate_each()
    {
        Assert.Equal(2, Take("a", 5));
        Assert.Equal(0, Take("a", 1));
        Assert.Equal(2, Take("b", 5));
        Assert.Equal(2, _book.Take(RateKey.UserMessages("a"), s_pace, 5, _now).Taken);
    }

    [Fact]
    public void A_key_that_has_used_up_nothing_makes_room_for_another()
    {
        Take("a", 1);
        _now += TimeSpan.FromSeconds(10);
        Take("b", 2);
        Take("c", 2);
        _now += TimeSpan.FromSeconds(21);

        Assert.Equal(2, Take("d", 2));

        Assert.Equal(3, _book.Count);
        Assert.Equal([0, 0, 0], new[] { Take("b", 1), Take("c", 1), Take("d", 1) });
    }

    [Fact]
    public void A_flood_of_keys_stays_within_the_room_there_is()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(2, Take($"{i}", 2));
            Assert.InRange(_book.Count, 1, 3);
        }

        // The others push each other out, the first ones are held to what they had.
        Assert.Equal(1, new[] { Take("0", 1), Take("1", 1), Take("2", 1) }.Count(taken => taken > 0));
    }

    [Fact]
    public void A_sweep_forgets_what_costs_nobody_anything()
    {
        Take("a", 1);
        Take("b", 2);
        _now += TimeSpan.FromSeconds(45);

        _book.Sweep(_now);

        Assert.Equal(1, _book.Count);
        Assert.Equal(1, Take("b", 2));
    }

    private int Take(string client, int wanted) => _book.Take(RateKey.Connections(client), s_pace, wanted, _now).Taken;
}
