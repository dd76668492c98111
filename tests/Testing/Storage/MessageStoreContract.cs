using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Testing.Storage;

/// <summary>What every <see cref="IMessageStore"/> must do. Each implementation has a subclass.</summary>
public abstract class MessageStoreContract
{
    protected const int Mebibyte = 1024 * 1024;

    /// <summary>Opens the store on the same data as before; each call is a start of the node.</summary>
    protected abstract Task<IMessageStore> OpenAsync();

    /// <summary>Closes a store that <see cref="OpenAsync"/> has opened.</summary>
    protected abstract Task CloseAsync(IMessageStore store);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(3072, 9)]
    [InlineData(200, 16 * 1024)]
    [InlineData(200, (128 * 1024) - 1)]
    [InlineData(200, 128 * 1024)]
    [InlineData(200, (128 * 1024) + 1)]
    [InlineData(3072, Mebibyte)]
    [InlineData(200, 25 * Mebibyte)]
    public async Task A_body_is_its_prefix_and_then_its_content(int prefixLength, int contentLength)
    {
        var store = await OpenAsync();
        var (prefix, content) = (Bodies.Octets(prefixLength, 1), Bodies.Octets(contentLength, 2));
        var body = await store.WriteAsync(content, prefix, Cancelled);
        Assert.Equal(prefixLength + contentLength, body.Length);
        Assert.Equal((byte[])[.. prefix, .. content], await store.ReadAsync(body, Cancelled));
        await CloseAsync(store);

        store = await OpenAsync();
        store.Retain(body);
        Assert.Equal((byte[])[.. prefix, .. content], await store.ReadAsync(body, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task A_body_may_be_written_in_many_small_pieces_without_a_flush()
    {
        var store = await OpenAsync();
        var content = Bodies.Octets(300_000, 3);
        await using var writer = store.CreateBody(spool: 0);
        for (var i = 0; i < content.Length; i += 777)
        {
            writer.Write(content.AsSpan(i, Math.Min(777, content.Length - i)));
        }

        Assert.Equal(content.Length, writer.Length);
        var body = await writer.CompleteAsync(default, Cancelled);
        Assert.Equal(content, await store.ReadAsync(body, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task A_body_that_was_never_written_is_unavailable()
    {
        var store = await OpenAsync();
        var body = await store.WriteAsync(Bodies.Octets(2000, 1), default, Cancelled);
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Container = body.Container + 1 }, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Position = body.Position + 8 }, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Length = body.Length + 1 }, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task The_release_of_a_body_harms_no_other()
    {
        var store = await OpenAsync();
        var first = await store.WriteAsync(Bodies.Octets(2000, 1), default, Cancelled);
        var second = await store.WriteAsync(Bodies.Octets(2000, 2), default, Cancelled);
        Assert.True(store.CanBeAccepted(second));
        store.Release(first);
        store.Release(first);
        store.Release(new BodyRef(long.MaxValue, 7, 7));
        Assert.Equal(Bodies.Octets(2000, 2), await store.ReadAsync(second, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(new BodyRef(long.MaxValue, 7, 7), Cancelled));
        await CloseAsync(store);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Mebibyte)]
    public async Task A_body_disposed_before_its_end_leaves_nothing(int length)
    {
        var store = await OpenAsync();
        await using (var writer = store.CreateBody(spool: 0))
        {
            writer.Write(Bodies.Octets(length, 1));
            await writer.FlushAsync(Cancelled);
        }

        await CloseAsync(store);
        store = await OpenAsync();
        Assert.Equal(0, store.SweepOrphans());
        await CloseAsync(store);
    }

    [Fact]
    public async Task Many_write_read_and_release_at_once()
    {
        var store = await OpenAsync();
        var kept = await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            var mine = new List<(BodyRef Body, int Length, int Seed)>();
            for (var i = 0; i < 60; i++)
            {
                var (length, seed) = (random.Next(i % 20 == 19 ? 200_000 : 20_000), random.Next());
                mine.Add((await store.WriteAsync(Bodies.Octets(length, seed), default, Cancelled), length, seed));
                var (body, itsLength, itsSeed) = mine[random.Next(mine.Count)];
                Assert.Equal(Bodies.Octets(itsLength, itsSeed), await store.ReadAsync(body, Cancelled));
                if (i % 2 == 0)
                {
                    var at = random.Next(mine.Count);
                    store.Release(mine[at].Body);
                    mine.RemoveAt(at);
                }
            }

            return mine;
        }, Cancelled)));
        await CloseAsync(store);

        store = await OpenAsync();
        foreach (var (body, _, _) in kept.SelectMany(mine => mine))
        {
            store.Retain(body);
        }

        store.SweepOrphans();
        foreach (var (body, length, seed) in kept.SelectMany(mine => mine))
        {
            Assert.Equal(Bodies.Octets(length, seed), await store.ReadAsync(body, Cancelled));
        }

        await CloseAsync(store);
    }
}
