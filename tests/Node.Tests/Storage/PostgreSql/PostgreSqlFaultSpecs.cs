using System.Diagnostics;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Testing.Peers;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>A server that stops, dies or stands still: bodies fail in bounded time, and the store goes on by itself.</summary>
public sealed class PostgreSqlFaultSpecs : IAsyncLifetime
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(15);
    private readonly TemporaryDirectory _directory = new();
    private PostgresServer _server = null!;
    private PostgresNode _node = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IMessageStore Store => _node.Store;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _node = await PostgresNode.StartAsync(
            new PostgreSqlMessageStoreOptions(_directory.Path) { CacheBytes = 0 }, await _server.CreateDatabaseAsync("mta"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_server_that_stops_fails_bodies_at_once_and_takes_them_again_when_it_is_back()
    {
        var before = await WriteAsync(5000);
        foreach (var mode in Enum.GetValues<PostgresStop>())
        {
            await _server.StopAsync(mode);
            var watch = Stopwatch.StartNew();
            await Assert.ThrowsAsync<IOException>(() => WriteAsync(5000));
            await Assert.ThrowsAsync<IOException>(() => WriteAsync(500_000));
            await Assert.ThrowsAsync<IOException>(() => Store.ReadAsync(before, Cancelled));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_bound);
            await _server.StartAgainAsync();
            await RoundTripAsync(5000);
            await RoundTripAsync(500_000);
            Assert.Equal(5000, (await Store.ReadAsync(before, Cancelled)).Length);
        }
    }

    [Fact]
    public async Task A_restart_between_two_bodies_is_not_noticed()
    {
        await RoundTripAsync(5000);
        await _server.StopAsync(PostgresStop.Immediate);
        await _server.StartAgainAsync();
        await RoundTripAsync(5000);
        Assert.NotEqual(0, await _server.TerminateBackendsAsync());
        await RoundTripAsync(5000);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(5_000_000)]
    public async Task A_frozen_server_fails_bodies_in_seconds_and_takes_them_again_when_it_is_thawed(int length)
    {
        var before = await WriteAsync(5000);
        _server.Freeze();
        var watch = Stopwatch.StartNew();
        var bodies = Enumerable.Range(0, 6).Select(_ => WriteAsync(length)).ToList();
        var read = Store.ReadAsync(before, Cancelled);
        foreach (var body in bodies)
        {
            await Assert.ThrowsAsync<IOException>(() => body);
        }

        var written = watch.Elapsed;
        await Assert.ThrowsAsync<IOException>(() => read);
        TestContext.Current.TestOutputHelper!.WriteLine($"writes failed after {written}, the read after {watch.Elapsed}");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(2), s_bound);
        _server.Thaw();
        await RoundTripAsync(5000);
        await RoundTripAsync(length);
        Assert.Equal(5000, (await Store.ReadAsync(before, Cancelled)).Length);
    }

    [Fact]
    public async Task A_table_that_was_dropped_is_not_written_to_but_the_one_of_now()
    {
        var body = await WriteAsync(5000);
        var table = BodyBuckets.TableOf(BodyBuckets.BucketOf(body.Container));
        await _server.ExecuteAsync($"DROP TABLE {table}", "mta");
        await RoundTripAsync(5000);
        await _server.ExecuteAsync($"DROP TABLE {table}", "mta");
        await RoundTripAsync(500_000);
        await Assert.ThrowsAsync<BodyUnavailableException>(() => Store.ReadAsync(body, Cancelled));
    }

    private Task<BodyRef> WriteAsync(int length) => Store.WriteAsync(Bodies.Octets(length, length), default, Cancelled);

    private async Task RoundTripAsync(int length) =>
        Assert.Equal(Bodies.Octets(length, length), await Store.ReadAsync(await WriteAsync(length), Cancelled));
}
