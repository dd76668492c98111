using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>What docs/adr/0011 claims of leases, over random schedules and over a few that matter.</summary>
public sealed class LeaseProtocolSpecs
{
    private const int Nodes = 4;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private static readonly Gen<Step> s_step = Gen.Zip(Gen.Choose(0, 99), Gen.Zip(Gen.Choose(0, 9_999), Gen.Choose(0, 1_000)))
        .Select(step => new Step(step.Item1, step.Item2.Item1, step.Item2.Item2));

    private static readonly Gen<Step[]> s_schedule = s_step.ArrayOf(300);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Whatever_dies_moves_is_lost_or_comes_late_no_more_connections_are_open_than_the_limit(int limit)
    {
        var full = 0;
        Prop.ForAll(s_schedule.ToArbitrary(), schedule =>
        {
            var cluster = new SimulatedCluster(limit, Nodes);
            var most = MostOpen(cluster, schedule);
            full += most == limit ? 1 : 0;
            Assert.InRange(most, 0, limit);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

        // The schedules are of some use: the limit is reached in many of them.
        Assert.InRange(full, 80, 400);
    }

    [Fact]
    public void An_authority_that_forgot_what_it_had_granted_would_be_found_out()
    {
        var most = s_schedule.Sample(400).Max(schedule => MostOpen(new SimulatedCluster(2, Nodes, forgetsShares: true), schedule));

        Assert.True(most > 2, $"{most} connections");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_there_are_fewer_connections_than_nodes_each_gets_its_turns(int limit)
    {
        var cluster = new SimulatedCluster(limit, 3);
        var turns = new int[3];
        Demand(cluster, 5, 5, 5);

        for (var second = 0; second < 90; second++)
        {
            Second(cluster);
            Assert.InRange(cluster.Open, 0, limit);
            foreach (var node in cluster.Nodes)
            {
                turns[node.Number] += node.Open;
            }
        }

        // Each had its part of the time; a change of turns costs less than a third of it.
        Assert.All(turns, turn => Assert.InRange(turn, 90 * limit / 3 * 2 / 3, 90 * limit / 3 * 4 / 3));
    }

    [Fact]
    public void When_demand_moves_the_connections_follow_within_two_seconds()
    {
        var cluster = new SimulatedCluster(20, 3);
        Demand(cluster, 100, 0, 0);
        Second(cluster);
        Assert.Equal(20, cluster.Nodes[0].Busy);

        Demand(cluster, 100, 100, 0);
        Seconds(cluster, 2);
        Assert.Equal([10, 10, 0], cluster.Nodes.Select(node => node.Busy));

        Demand(cluster, 0, 100, 3);
        Seconds(cluster, 2);
        Assert.Equal([0, 17, 3], cluster.Nodes.Select(node => node.Busy));
    }

    [Fact]
    public void A_node_with_little_to_do_leaves_the_rest_to_those_with_much()
    {
        var cluster = new SimulatedCluster(10, 3);
        Demand(cluster, 100, 1, 100);

        Seconds(cluster, 3);

        Assert.Equal([1, 4, 5], cluster.Nodes.Select(node => node.Busy).Order());
        Assert.Equal(1, cluster.Nodes[1].Busy);
    }

    [Fact]
    public void What_a_dead_node_held_is_others_when_its_lease_has_expired()
    {
        var cluster = new SimulatedCluster(2, 2);
        Demand(cluster, 2, 0);
        Seconds(cluster, 2);
        cluster.DieOrComeBack(0);
        Demand(cluster, 0, 2);

        Seconds(cluster, 7);
        Assert.Equal(0, cluster.Nodes[1].Busy);
        Seconds(cluster, 2);
        Assert.Equal(2, cluster.Nodes[1].Busy);
    }

    [Fact]
    public void Who_renews_in_time_does_not_notice_that_the_authority_moved()
    {
        var cluster = new SimulatedCluster(3, 3);
        Demand(cluster, 1, 1, 1);
        Seconds(cluster, 3);

        for (var second = 0; second < 20; second++)
        {
            cluster.RestartAuthority();
            Second(cluster);
            Assert.Equal([1, 1, 1], cluster.Nodes.Select(node => node.Busy));
        }
    }

    [Fact]
    public void Nodes_whose_leases_ended_while_there_was_no_authority_get_their_shares_back_at_once()
    {
        var cluster = new SimulatedCluster(20, 3);
        Demand(cluster, 20, 20, 20);
        Seconds(cluster, 5);
        cluster.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0, cluster.Open);
        cluster.RestartAuthority();
        cluster.DieOrComeBack(0);

        cluster.Round();

        Assert.InRange(cluster.Open, 12, 14);
    }

    [Fact]
    public void While_demand_stays_as_it_is_nothing_is_written()
    {
        var cluster = new SimulatedCluster(20, 3);
        Demand(cluster, 5, 20, 20);
        Seconds(cluster, 5);
        var writes = cluster.Writes;

        Seconds(cluster, 60);

        Assert.Equal(writes, cluster.Writes);
        Assert.InRange(writes, 2, 8);
    }

    [Fact]
    public void Without_an_authority_a_node_has_nothing_open_two_seconds_after_the_end_of_its_lease()
    {
        var cluster = new SimulatedCluster(5, 1);
        Demand(cluster, 5);
        Second(cluster);
        Assert.Equal(5, cluster.Nodes[0].Busy);

        cluster.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(0, cluster.Open);
    }

    // Every message takes less than a second: what is beyond a lease has ended soon after it, and that is told at once.
    private static void Second(SimulatedCluster cluster)
    {
        cluster.Advance(s_second);
        foreach (var node in cluster.Nodes)
        {
            while (node.Busy > node.Demand)
            {
                node.Finish(cluster.Now);
            }
        }

        cluster.Round();
        foreach (var node in cluster.Nodes.Where(node => node.Open > node.Leased(cluster.Now)))
        {
            while (node.Open > node.Leased(cluster.Now))
            {
                node.Finish(cluster.Now);
            }

            cluster.Ask(node.Number);
            cluster.Settle();
        }
    }

    private static void Seconds(SimulatedCluster cluster, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            Second(cluster);
        }
    }

    private static void Demand(SimulatedCluster cluster, params int[] demand)
    {
        for (var node = 0; node < demand.Length; node++)
        {
            cluster.Nodes[node].Demand = demand[node];
        }
    }

    private static int MostOpen(SimulatedCluster cluster, Step[] schedule)
    {
        var most = 0;
        foreach (var step in schedule)
        {
            Take(cluster, step);
            most = Math.Max(most, cluster.Open);
        }

        return most;
    }

    private static void Take(SimulatedCluster cluster, Step step)
    {
        var node = cluster.Nodes[step.Choice % Nodes];
        switch (step.Kind)
        {
            case < 15:
                cluster.Advance(TimeSpan.FromMilliseconds(step.Amount));
                break;
            case < 35 when node.IsAlive:
                cluster.Ask(node.Number);
                break;
            case < 70 when cluster.InFlight > 0:
                cluster.Deliver(step.Choice % cluster.InFlight);
                break;
            case < 72 when cluster.InFlight > 0:
                cluster.Deliver(step.Choice % cluster.InFlight, (SimulatedCluster.Crash)(1 + (step.Amount % 2)));
                break;
            case < 75 when cluster.InFlight > 0:
                cluster.Lose(step.Choice % cluster.InFlight);
                break;
            case < 77 when cluster.InFlight > 0:
                cluster.Double(step.Choice % cluster.InFlight);
                break;
            case < 80:
                node.Demand = step.Amount % 10;
                break;
            case < 91:
                node.Work(cluster.Now);
                break;
            case < 95:
                node.Finish(cluster.Now);
                break;
            case < 97:
                cluster.DieOrComeBack(node.Number);
                break;
            case < 99:
                cluster.RestartAuthority();
                break;
        }
    }

    internal sealed record Step(int Kind, int Choice, int Amount);
}
