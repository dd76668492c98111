using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Testing.Storage;

/// <summary>What every <see cref="IMessageStore"/> must do. Each implementation has a subclass.</summary>
public abstract class MessageStoreContract
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Opens the store on the same data as before; each call is a start of the node.</summary>
    protected abstract IMessageStore Open();

    /// <summary>Closes a store that <see cref="Open"/> has opened.</summary>
    protected abstract void Close(IMessageStore store);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

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
        var store = Open();
        var (prefix, content) = (Bodies.Octets(prefixLength, 1), Bodies.Octets(contentLength, 2));
        var body = await store.WriteAsync(content, prefix, Cancelled);
        Assert.Equal(prefixLength + contentLength, body.Length);
        Assert.Equal((byte[])[.. prefix, .. content], await store.ReadAsync(body, Cancelled));
        Close(store);

        store = Open();
        store.Retain(body);
        Assert.Equal((byte[])[.. prefix, .. content], await store.ReadAsync(body, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task A_body_may_be_written_in_many_small_pieces_without_a_flush()
    {
        var store = Open();
        var content = Bodies.Octets(300_000, 3);
        await using var writer = store.CreateBody();
        for (var i = 0; i < content.Length; i += 777)
        {
            writer.Write(content.AsSpan(i, Math.Min(777, content.Length - i)));
        }

        Assert.Equal(content.Length, writer.Length);
        var body = await writer.CompleteAsync(default, Cancelled);
        Assert.Equal(content, await store.ReadAsync(body, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task Retained_bodies_survive_the_sweep_and_the_others_do_not()
    {
        var store = Open();
        var wanted = await store.WriteAsync(Bodies.Octets(5000, 1), default, Cancelled);
        var orphan = await store.WriteAsync(Bodies.Octets(5000, 2), default, Cancelled);
        var bigOrphan = await store.WriteAsync(Bodies.Octets(Mebibyte, 3), default, Cancelled);
        Close(store);

        store = Open();
        store.Retain(wanted);
        Assert.Equal(2, store.SweepOrphans());
        Assert.Equal(0, store.SweepOrphans());
        Assert.Equal(Bodies.Octets(5000, 1), await store.ReadAsync(wanted, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(orphan, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bigOrphan, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task Bodies_written_since_the_start_are_no_orphans()
    {
        var store = Open();
        var body = await store.WriteAsync(Bodies.Octets(100, 1), default, Cancelled);
        Assert.Equal(0, store.SweepOrphans());
        Assert.Equal(Bodies.Octets(100, 1), await store.ReadAsync(body, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task A_release_before_the_sweep_is_honoured()
    {
        var store = Open();
        var retained = await store.WriteAsync(Bodies.Octets(100, 1), default, Cancelled);
        var unclaimed = await store.WriteAsync(Bodies.Octets(100, 2), default, Cancelled);
        var kept = await store.WriteAsync(Bodies.Octets(100, 3), default, Cancelled);
        Close(store);

        store = Open();
        store.Retain(retained);
        store.Retain(kept);
        store.Release(retained);
        store.Release(unclaimed);
        Assert.Equal(0, store.SweepOrphans());
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(retained, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(unclaimed, Cancelled));
        Assert.Equal(Bodies.Octets(100, 3), await store.ReadAsync(kept, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task A_released_body_is_unavailable_and_its_neighbours_are_not()
    {
        var store = Open();
        var first = await store.WriteAsync(Bodies.Octets(2000, 1), default, Cancelled);
        var second = await store.WriteAsync(Bodies.Octets(2000, 2), default, Cancelled);
        store.Release(first);
        store.Release(first);
        store.Release(new BodyRef(long.MaxValue, 7, 7));
        store.Retain(new BodyRef(long.MaxValue, 7, 7));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(first, Cancelled));
        Assert.Equal(Bodies.Octets(2000, 2), await store.ReadAsync(second, Cancelled));
        Close(store);
    }

    [Fact]
    public async Task A_body_that_was_never_written_is_unavailable()
    {
        var store = Open();
        var body = await store.WriteAsync(Bodies.Octets(2000, 1), default, Cancelled);
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Container = body.Container + 1 }, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Position = body.Position + 8 }, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(body with { Length = body.Length + 1 }, Cancelled));
        Close(store);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Mebibyte)]
    public async Task A_body_disposed_before_its_end_leaves_nothing(int length)
    {
        var store = Open();
        await using (var writer = store.CreateBody())
        {
            writer.Write(Bodies.Octets(length, 1));
            await writer.FlushAsync(Cancelled);
        }

        Close(store);
        store = Open();
        Assert.Equal(0, store.SweepOrphans());
        Close(store);
    }

    [Fact]
    public async Task Many_write_read_and_release_at_once()
    {
        var store = Open();
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
        Close(store);

        store = Open();
        foreach (var (body, _, _) in kept.SelectMany(mine => mine))
        {
            store.Retain(body);
        }

        store.SweepOrphans();
        foreach (var (body, length, seed) in kept.SelectMany(mine => mine))
        {
            Assert.Equal(Bodies.Octets(length, seed), await store.ReadAsync(body, Cancelled));
        }

        Close(store);
    }
}
