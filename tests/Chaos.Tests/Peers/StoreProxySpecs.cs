using MtaCluster.Testing.Peers;
using Npgsql;

namespace MtaCluster.Chaos.Tests.Peers;

/// <summary>A cut at the worst moment is that: the transaction is durable, and its client does not know.</summary>
public sealed class StoreProxySpecs
{
    [Fact]
    public async Task A_COMMIT_whose_answer_is_cut_off_is_durable_and_its_client_has_an_error()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("CREATE TABLE t (n int)");
        await using var proxy = StoreProxy.Start(server.Port);
        await InsertAsync(proxy, 1);

        proxy.CutCommits(1);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => InsertAsync(proxy, 2));
        await InsertAsync(proxy, 3);
        Assert.Equal(1, proxy.Cuts);
        Assert.Equal("1,2,3", await server.ExecuteAsync("SELECT string_agg(n::text, ',' ORDER BY n) FROM t"));
    }

    [Fact]
    public async Task A_reset_ends_every_connection_and_new_ones_are_taken()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var proxy = StoreProxy.Start(server.Port);
        await using var connection = new NpgsqlConnection(Through(proxy));
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, proxy.Reset());

        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        await connection.CloseAsync();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    private static string Through(StoreProxy proxy) =>
        $"Host=127.0.0.1;Port={proxy.EndPoint.Port};Username={PostgresServer.User};Database=postgres;Pooling=false";

    private static async Task InsertAsync(StoreProxy proxy, int number)
    {
        await using var connection = new NpgsqlConnection(Through(proxy));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"INSERT INTO t VALUES ({number})", connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }
}
