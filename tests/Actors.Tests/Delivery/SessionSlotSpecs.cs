using MtaCluster.Actors.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

public sealed class SessionSlotSpecs
{
    private readonly SessionSlot _slot = new();
    private readonly Session _session = new();

    [Fact]
    public async Task A_session_that_opens_after_the_end_is_closed()
    {
        await _slot.CloseAsync();
        Assert.False(_session.IsDisposed);

        await _slot.PutAsync(_session);

        Assert.True(_session.IsDisposed);
    }

    [Fact]
    public async Task A_session_that_is_open_is_closed_at_the_end()
    {
        await _slot.PutAsync(_session);
        Assert.False(_session.IsDisposed);

        await _slot.CloseAsync();

        Assert.True(_session.IsDisposed);
    }

    private sealed class Session : IAsyncDisposable
    {
        public bool IsDisposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
