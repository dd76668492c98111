using Xunit;

namespace MtaCluster.Actors.Tests;

public sealed class PriorityLanesSpecs
{
    private readonly PriorityLanes<Queue<int>> _lanes = new(() => new Queue<int>(), lane => lane.Count == 0, (lane, other) => lane.Peek() < other.Peek());
    private int _arrivals;

    [Fact]
    public void One_lane_is_a_line()
    {
        Put(0, 3);

        Assert.Equal([0, 1, 2], Take(4));
    }

    [Fact]
    public void Nothing_waits_in_no_lane() => Assert.Null(_lanes.Next());

    [Fact]
    public void The_higher_goes_first_where_it_came_first()
    {
        Put(5, 2);
        Put(0, 2);

        Assert.Equal([0, 1, 2, 3], Take(4));
    }

    [Fact]
    public void What_waits_longer_in_a_lower_lane_has_every_fourth_turn()
    {
        Put(-9, 2);
        Put(0, 2);
        Put(9, 6);

        Assert.Equal([4, 5, 6, 0, 7, 8, 9, 1, 2, 3], Take(10));
    }

    [Fact]
    public void None_takes_more_than_four_times_as_long_as_in_a_line()
    {
        Put(-1, 50);
        Put(1, 10_000);

        var order = Take(10_050);

        Assert.All(Enumerable.Range(0, 50), arrival => Assert.InRange(Array.IndexOf(order, arrival), 0, (arrival + 1) * 4));
    }

    private void Put(int priority, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _lanes.Of(priority).Enqueue(_arrivals++);
        }
    }

    private int[] Take(int count)
    {
        var taken = new List<int>();
        while (taken.Count < count && _lanes.Next() is { } lane)
        {
            taken.Add(lane.Dequeue());
        }

        return [.. taken];
    }
}
