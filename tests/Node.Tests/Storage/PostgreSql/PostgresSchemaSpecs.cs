using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using Npgsql;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

public sealed class PostgresSchemaSpecs(SharedPostgres server)
{
    private static readonly SpoolSet s_all = SpoolSet.Of(Enumerable.Range(0, 16));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_made_once_and_found_again()
    {
        var database = await server.CreateDatabaseAsync();
        Assert.Equal(0, await PrepareAsync(database, 0, s_all, 16));
        Assert.Equal(SchemaMigrations.Version, await PrepareAsync(database, 0, s_all, 16));
        Assert.Equal(
            (long)SchemaMigrations.Version, await SharedPostgres.QueryAsync<long>(database, "SELECT count(*) FROM mta_schema"));
    }

    [Fact]
    public async Task Nodes_that_start_at_once_make_it_one_after_the_other()
    {
        var database = await server.CreateDatabaseAsync();
        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PrepareAsync(database, 0, s_all, 16)));
        Assert.Equal([0, SchemaMigrations.Version, SchemaMigrations.Version, SchemaMigrations.Version], found.Order());
    }

    [Fact]
    public async Task One_of_a_newer_program_is_refused()
    {
        var database = await server.CreateDatabaseAsync();
        await PrepareAsync(database, 0, s_all, 16);
        await SharedPostgres.QueryAsync<int>(database, "INSERT INTO mta_schema (version) VALUES (1000) RETURNING version");
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => PrepareAsync(database, 0, s_all, 16));
        Assert.Contains("version 1000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_is_for_its_spools_and_its_number_alone()
    {
        var database = await server.CreateDatabaseAsync();
        var half = SpoolSet.Of(Enumerable.Range(0, 8));
        await PrepareAsync(database, 1, half, 16);
        await Assert.ThrowsAsync<StorageRefusedException>(() => PrepareAsync(database, 0, half, 16));
        await Assert.ThrowsAsync<StorageRefusedException>(() => PrepareAsync(database, 1, s_all, 16));
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => PrepareAsync(database, 1, half, 32));
        Assert.Contains("for the spools 0-7 of 16, and is configured as number 1 for the spools 0-7 of 32", refused.Message, StringComparison.Ordinal);
        Assert.Equal(SchemaMigrations.Version, await PrepareAsync(database, 1, half, 16));
    }

    [Fact]
    public void What_the_operator_wrote_wins_over_our_values()
    {
        var ours = PostgresConnections.For("Host=db", "journal");
        Assert.Equal((4, 6, true, "MtaCluster journal"), (ours.Timeout, ours.CommandTimeout, ours.TcpKeepAlive, ours.ApplicationName));
        Assert.Contains("idle_in_transaction_session_timeout", ours.Options, StringComparison.Ordinal);
        var his = PostgresConnections.For("Host=db;Timeout=7;CommandTimeout=20;Options=-c work_mem=1MB;Application Name=mail", "journal");
        Assert.Equal((7, 20, "-c work_mem=1MB", "mail journal"), (his.Timeout, his.CommandTimeout, his.Options, his.ApplicationName));
    }

    private static async Task<int> PrepareAsync(string database, int number, SpoolSet held, int spools)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancelled);
        return await PostgresSchema.PrepareAsync(connection, number, held, spools, "spec", Cancelled);
    }
}
