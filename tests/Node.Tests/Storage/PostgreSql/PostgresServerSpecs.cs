using MtaCluster.Testing.Peers;
using Npgsql;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>The private server that the other tests stand on.</summary>
public sealed class PostgresServerSpecs
{
    [Fact]
    public async Task It_can_be_stopped_killed_frozen_and_started_again_with_its_data()
    {
        await using var server = await PostgresServer.StartAsync(new Dictionary<string, string> { ["work_mem"] = "5MB" });
        await server.CreateDatabaseAsync("kept");
        Assert.Equal("5MB", await server.ExecuteAsync("SHOW work_mem"));
        Assert.Equal("on", await server.ExecuteAsync("SHOW fsync"));
        await server.ExecuteAsync("CREATE TABLE t(n int); INSERT INTO t VALUES (17)", "kept");

        foreach (var mode in Enum.GetValues<PostgresStop>())
        {
            await server.StopAsync(mode);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => server.ExecuteAsync("SELECT 1"));
            await server.StartAgainAsync();
            Assert.Equal(17, await server.ExecuteAsync("SELECT n FROM t", "kept"));
        }

        server.Kill();
        await server.StartAgainAsync();
        Assert.Equal(17, await server.ExecuteAsync("SELECT n FROM t", "kept"));

        server.Freeze();
        var answer = server.ExecuteAsync("SELECT n FROM t", "kept");
        Assert.False(answer.IsCompleted);
        server.Thaw();
        Assert.Equal(17, await answer);
    }

    [Fact]
    public async Task It_ends_the_sessions_of_its_clients()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await server.TerminateBackendsAsync());
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_ends_even_when_it_is_frozen()
    {
        var server = await PostgresServer.StartAsync();
        var process = server.ProcessId;
        server.Freeze();
        await server.DisposeAsync();
        Assert.False(Directory.Exists($"/proc/{process}"));
    }
}
