using Akka.Actor;
using Microsoft.Data.Sqlite;
using MtaCluster.Actors.Destination;
using Xunit;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A strict limit over members that come and go, with real remoting and sharding; the peer counts.</summary>
public sealed class ClusterLimitSpecs : IAsyncDisposable
{
    private const int Limit = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<LimitNode> _nodes = [];
    private readonly FakeExchanger _peer = new() { Pace = TimeSpan.FromMilliseconds(20) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_limit_of_two_holds_while_one_of_three_nodes_is_killed_and_another_joins_and_each_gets_turns()
    {
        for (var i = 0; i < 3; i++)
        {
            await AddAsync();
        }

        await EachDeliversAsync(20);

        // The one that dies has the authority.
        var authority = (await DescribeAsync(_nodes[0])).Node;
        var dead = _nodes.Single(node => node.Address.ToString() == authority);
        _nodes.Remove(dead);
        await dead.KillAsync();
        await EachDeliversAsync(20);
        Assert.NotEqual(authority, (await DescribeAsync(_nodes[0])).Node);

        await AddAsync();
        await EachDeliversAsync(20);
        Assert.Equal(Limit, _peer.MostOpen);
    }

    [Fact]
    public async Task A_suspension_reaches_every_node_and_one_that_joins_later()
    {
        await AddAsync();
        await AddAsync();
        await EachDeliversAsync(5);

        await AskAsync(_nodes[0], new SuspendDestination(Offers.Key, "ops", "their request", null));
        await UntilAsync(() => _peer.Open == 0);
        await AddAsync();
        var before = _nodes.Sum(node => node.DeliveredCount);
        var described = await DescribeAsync(_nodes[2]);
        Assert.Equal("their request", described.Suspension!.Reason);
        Assert.Equal((0, before), (_peer.Open, _nodes.Sum(node => node.DeliveredCount)));

        await AskAsync(_nodes[2], new ResumeDestination(Offers.Key, "ops"));
        await EachDeliversAsync(5);
        Assert.InRange(_peer.MostOpen, 1, Limit);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task AddAsync()
    {
        var seed = _nodes.FirstOrDefault()?.Address;
        var connectionString = new SqliteConnectionStringBuilder { DataSource = _directory["journal.db"], Pooling = false, DefaultTimeout = 30 };
        var node = new LimitNode(connectionString.ToString(), Limit, _peer, seed);
        _nodes.Add(node);
        await UntilAsync(() => node.Members >= _nodes.Count);
    }

    private Task EachDeliversAsync(int messages)
    {
        var goals = _nodes.Select(node => (node, Goal: node.DeliveredCount + messages)).ToArray();
        return UntilAsync(() => goals.All(goal => goal.node.DeliveredCount >= goal.Goal));
    }

    private static Task<DestinationDescription> DescribeAsync(LimitNode node) => AskAsync(node, new GetDestination(Offers.Key));

    // A shard that moves may lose a message: whoever asks asks again.
    private static async Task<DestinationDescription> AskAsync(LimitNode node, IDestinationCommand command)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await node.Destinations.Ask<DestinationDescription>(command, s_patience / 10, Stop);
            }
            catch (AskTimeoutException) when (attempt < 10)
            {
                // Again.
            }
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        deadline.CancelAfter(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }
}
