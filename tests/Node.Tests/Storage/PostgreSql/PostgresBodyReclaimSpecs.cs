using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

public sealed class PostgresBodyReclaimSpecs(SharedPostgres server) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private string _database = string.Empty;
    private PostgresNode _node = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IMessageStore Store => _node.Store;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();

        // As if ten minutes had passed: what is written now may be reclaimed now.
        _node = await PostgresNode.StartAsync(
            new PostgreSqlMessageStoreOptions(_directory.Path) { CacheBytes = 0, ReclaimedAfter = -TimeSpan.FromMinutes(10), AcceptedWithin = -TimeSpan.FromMinutes(10) },
            _database);
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_table_in_which_nothing_is_wanted_is_dropped()
    {
        var body = await Store.WriteAsync(Bodies.Octets(5000, 1), default, Cancelled);
        var container = Assert.Single((await _node.Reclaim.SurveyAsync(Cancelled)).Containers);
        Assert.Equal(body.Container, container.Container);
        Assert.InRange(await _node.Reclaim.KeepOnlyAsync(container.Container, [], Cancelled), 5000, 500_000);
        Assert.Empty((await _node.Reclaim.SurveyAsync(Cancelled)).Containers);
        await Assert.ThrowsAsync<BodyUnavailableException>(() => Store.ReadAsync(body, Cancelled));
        Assert.False(Store.CanBeAccepted(body));
        Assert.Equal(0, await _node.Reclaim.KeepOnlyAsync(container.Container, [], Cancelled));
    }

    [Fact]
    public async Task What_is_wanted_of_a_table_is_moved_and_keeps_its_reference()
    {
        var bodies = await WriteAsync(40);
        var big = await Store.WriteAsync(Bodies.Octets(1_000_000, 99), default, Cancelled);
        var container = (await _node.Reclaim.SurveyAsync(Cancelled)).Containers.Single(c => c.Container == big.Container);
        var mine = bodies.Where(body => body.Container == big.Container).ToList();
        Assert.InRange(container.WorthwhileAt, 1, 5);

        await using var reader = await Store.OpenAsync(big, Cancelled);
        var first = (await reader.ReadAsync(Cancelled)).ToArray();
        await _node.Reclaim.KeepOnlyAsync(container.Container, [mine[0].Position, big.Position], Cancelled);
        Assert.Equal(Bodies.Octets(5000, bodies.IndexOf(mine[0])), await Store.ReadAsync(mine[0], Cancelled));
        Assert.Equal(Bodies.Octets(1_000_000, 99), await Store.ReadAsync(big, Cancelled));
        Assert.Equal(Bodies.Octets(1_000_000, 99), await ReadOnAsync(reader, first));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => Store.ReadAsync(mine[1], Cancelled));
    }

    [Fact]
    public async Task What_is_kept_is_deleted_once_nobody_wants_it()
    {
        var bodies = await WriteAsync(3);
        var container = bodies[0].Container;
        var mine = bodies.Where(body => body.Container == container).ToList();
        await _node.Reclaim.KeepOnlyAsync(container, [.. mine.Select(body => body.Position)], Cancelled);
        var kept = (await _node.Reclaim.SurveyAsync(Cancelled)).Containers.Single(c => c.Container == container);
        Assert.Equal(mine.Count - 1, kept.WorthwhileAt);

        Assert.Equal(0, await _node.Reclaim.KeepOnlyAsync(container, [.. mine.Select(body => body.Position)], Cancelled));
        Assert.Equal(5000L * (mine.Count - 1), await _node.Reclaim.KeepOnlyAsync(container, [mine[0].Position], Cancelled));
        Assert.Equal(Bodies.Octets(5000, 0), await Store.ReadAsync(mine[0], Cancelled));
        Assert.Equal(5000, await _node.Reclaim.KeepOnlyAsync(container, [], Cancelled));
        Assert.Equal(0L, await SharedPostgres.QueryAsync<long>(_database, "SELECT count(*) FROM mta_body_kept"));
    }

    [Fact]
    public async Task A_table_that_lacks_what_is_wanted_is_left_as_it_is()
    {
        var body = await Store.WriteAsync(Bodies.Octets(5000, 1), default, Cancelled);
        await Assert.ThrowsAsync<IOException>(() => _node.Reclaim.KeepOnlyAsync(body.Container, [body.Position, body.Position + 1], Cancelled));
        Assert.Equal(Bodies.Octets(5000, 1), await Store.ReadAsync(body, Cancelled));
    }

    [Fact]
    public async Task A_table_of_now_is_not_surveyed()
    {
        await using var node = await PostgresNode.StartAsync(new PostgreSqlMessageStoreOptions(_directory.Path), _database);
        var body = await node.Store.WriteAsync(Bodies.Octets(5000, 1), default, Cancelled);
        Assert.True(node.Store.CanBeAccepted(body));
        Assert.Empty((await node.Reclaim.SurveyAsync(Cancelled)).Containers);
    }

    [Fact]
    public async Task The_survey_says_how_far_each_journal_is()
    {
        await SharedPostgres.QueryAsync<int>(_database, """
            INSERT INTO mta_spool_journal (created, deleted, persistence_id, sequence_number, message)
            VALUES (0, false, 'spool-3', 17, ''), (0, false, 'spool-3', 18, '') RETURNING 1
            """);
        var numbers = (await _node.Reclaim.SurveyAsync(Cancelled)).SequenceNumbers;
        Assert.Equal(8, numbers.Count);
        Assert.Equal((18, 0), (numbers[3], numbers[4]));
    }

    [Fact]
    public async Task Each_body_is_in_the_database_of_its_spool()
    {
        var (first, second) = (await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        await using var node = await PostgresNode.StartAsync(new PostgreSqlMessageStoreOptions(_directory.Path) { CacheBytes = 0 }, first, second);
        foreach (var spool in (int[])[0, 1, 2, 3])
        {
            var body = await node.Store.WriteAsync(Bodies.Octets(100, spool), default, Cancelled, spool);
            Assert.Equal(spool % 2, BodyBuckets.DatabaseOf(body.Container));
            Assert.Equal(Bodies.Octets(100, spool), await node.Store.ReadAsync(body, Cancelled));
            var table = BodyBuckets.TableOf(BodyBuckets.BucketOf(body.Container));
            Assert.Equal(1L, await SharedPostgres.QueryAsync<long>(
                spool % 2 == 0 ? first : second, $"SELECT count(*) FROM {table} WHERE id = {body.Position}"));
        }
    }

    private async Task<List<BodyRef>> WriteAsync(int count)
    {
        var bodies = new List<BodyRef>();
        for (var i = 0; i < count; i++)
        {
            bodies.Add(await Store.WriteAsync(Bodies.Octets(5000, i), default, Cancelled));
        }

        return bodies;
    }

    private static async Task<byte[]> ReadOnAsync(BodyReader reader, byte[] first)
    {
        var all = new List<byte>(first);
        while (await reader.ReadAsync(Cancelled) is { IsEmpty: false } chunk)
        {
            all.AddRange(chunk.Span);
        }

        return [.. all];
    }
}
