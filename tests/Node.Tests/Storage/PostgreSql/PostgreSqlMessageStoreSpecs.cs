using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>The contract, with reads from the cache.</summary>
public sealed class PostgreSqlMessageStoreSpecs(SharedPostgres server) : PostgreSqlMessageStoreContract(server)
{
    private protected override PostgreSqlMessageStoreOptions Options(string directory) => new(directory);
}

/// <summary>The contract, with reads from the database.</summary>
public sealed class PostgreSqlMessageStoreWithoutCacheSpecs(SharedPostgres server) : PostgreSqlMessageStoreContract(server)
{
    private protected override PostgreSqlMessageStoreOptions Options(string directory) => new(directory) { CacheBytes = 0 };

    [Fact]
    public async Task Bodies_that_come_at_once_share_commits()
    {
        var store = await OpenAsync();
        var bodies = await Task.WhenAll(Enumerable.Range(0, 200).Select(
            i => Task.Run(() => store.WriteAsync(Bodies.Octets(5000, i), Bodies.Octets(100, -i), Cancelled), Cancelled)));
        Assert.InRange(((PostgreSqlMessageStore)store).Groups, 1, 150);
        Assert.Equal(200, bodies.Distinct().Count());
        for (var i = 0; i < bodies.Length; i++)
        {
            Assert.Equal((byte[])[.. Bodies.Octets(100, -i), .. Bodies.Octets(5000, i)], await store.ReadAsync(bodies[i], Cancelled));
        }

        await CloseAsync(store);
    }

    [Fact]
    public async Task A_damaged_body_is_unavailable_and_no_octet_of_it_is_given_out()
    {
        var store = await OpenAsync();
        var body = await store.WriteAsync(Bodies.Octets(50_000, 1), default, Cancelled);
        var table = BodyBuckets.TableOf(BodyBuckets.BucketOf(body.Container));
        await SharedPostgres.QueryAsync<string>(ConnectionString, $"UPDATE {table} SET content = set_byte(content, 7, 255 - get_byte(content, 7)) WHERE part = 3 RETURNING 'done'");
        await Assert.ThrowsAsync<BodyUnavailableException>(async () => await store.OpenAsync(body, Cancelled));
        await SharedPostgres.QueryAsync<string>(ConnectionString, $"DELETE FROM {table} WHERE part = 3 RETURNING 'done'");
        await Assert.ThrowsAsync<BodyUnavailableException>(async () => await store.OpenAsync(body, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task A_table_of_bodies_is_not_vacuumed_and_keeps_its_rows_in_its_pages()
    {
        var store = await OpenAsync();
        var body = await store.WriteAsync(Bodies.Octets(100_000, 1), default, Cancelled);
        var table = BodyBuckets.TableOf(BodyBuckets.BucketOf(body.Container));
        Assert.Equal("autovacuum_enabled=false", await SharedPostgres.QueryAsync<string>(
            ConnectionString, $"SELECT reloptions[1] FROM pg_class WHERE relname = '{table}'"));
        Assert.True(await SharedPostgres.QueryAsync<bool>(ConnectionString, $"SELECT pg_relation_size('{table}') > 100000"));
        await CloseAsync(store);
    }
}

/// <summary>The contract on a database of its own.</summary>
public abstract class PostgreSqlMessageStoreContract(SharedPostgres server) : MessageStoreContract, IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<PostgresNode> _nodes = [];

    /// <summary>The database.</summary>
    protected string ConnectionString { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync() => ConnectionString = await server.CreateDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
        _directory.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected abstract PostgreSqlMessageStoreOptions Options(string directory);

    protected override async Task<IMessageStore> OpenAsync()
    {
        var node = await PostgresNode.StartAsync(Options(_directory.Path), ConnectionString);
        _nodes.Add(node);
        return node.Store;
    }

    protected override async Task CloseAsync(IMessageStore store) => await _nodes.Single(node => node.Store == store).DisposeAsync();
}
