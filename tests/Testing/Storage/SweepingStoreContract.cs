using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Testing.Storage;

/// <summary>What a store must do that frees each body when it is released, and sweeps at the start what nobody has retained.</summary>
public abstract class SweepingStoreContract : MessageStoreContract
{
    [Fact]
    public async Task Retained_bodies_survive_the_sweep_and_the_others_do_not()
    {
        var store = await OpenAsync();
        var wanted = await store.WriteAsync(Bodies.Octets(5000, 1), default, Cancelled);
        var orphan = await store.WriteAsync(Bodies.Octets(5000, 2), default, Cancelled);
        var bigOrphan = await store.WriteAsync(Bodies.Octets(Mebibyte, 3), default, Cancelled);
        await CloseAsync(store);

        store = await OpenAsync();
        store.Retain(wanted);
        Assert.Equal(2, store.SweepOrphans());
        Assert.Equal(0, store.SweepOrphans());
        Assert.Equal(Bodies.Octets(5000, 1), await store.ReadAsync(wanted, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(orphan, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bigOrphan, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task Bodies_written_since_the_start_are_no_orphans()
    {
        var store = await OpenAsync();
        var body = await store.WriteAsync(Bodies.Octets(100, 1), default, Cancelled);
        Assert.Equal(0, store.SweepOrphans());
        Assert.Equal(Bodies.Octets(100, 1), await store.ReadAsync(body, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task A_release_before_the_sweep_is_honoured()
    {
        var store = await OpenAsync();
        var retained = await store.WriteAsync(Bodies.Octets(100, 1), default, Cancelled);
        var unclaimed = await store.WriteAsync(Bodies.Octets(100, 2), default, Cancelled);
        var kept = await store.WriteAsync(Bodies.Octets(100, 3), default, Cancelled);
        await CloseAsync(store);

        store = await OpenAsync();
        store.Retain(retained);
        store.Retain(kept);
        store.Release(retained);
        store.Release(unclaimed);
        Assert.Equal(0, store.SweepOrphans());
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(retained, Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(unclaimed, Cancelled));
        Assert.Equal(Bodies.Octets(100, 3), await store.ReadAsync(kept, Cancelled));
        await CloseAsync(store);
    }

    [Fact]
    public async Task A_released_body_is_unavailable_and_its_neighbours_are_not()
    {
        var store = await OpenAsync();
        var first = await store.WriteAsync(Bodies.Octets(2000, 1), default, Cancelled);
        var second = await store.WriteAsync(Bodies.Octets(2000, 2), default, Cancelled);
        store.Release(first);
        store.Release(first);
        store.Release(new BodyRef(long.MaxValue, 7, 7));
        store.Retain(new BodyRef(long.MaxValue, 7, 7));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(first, Cancelled));
        Assert.Equal(Bodies.Octets(2000, 2), await store.ReadAsync(second, Cancelled));
        await CloseAsync(store);
    }
}
