using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

/// <summary>The contract, with reads from the cache.</summary>
public sealed class EmbeddedMessageStoreSpecs : SweepingStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override Task<IMessageStore> OpenAsync() =>
        Task.FromResult<IMessageStore>(EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(_directory["bodies"])));

    protected override Task CloseAsync(IMessageStore store)
    {
        ((EmbeddedMessageStore)store).Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The contract, with reads from disk and many small segments.</summary>
public sealed class EmbeddedMessageStoreWithoutCacheSpecs : SweepingStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override Task<IMessageStore> OpenAsync() => Task.FromResult<IMessageStore>(
        EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(_directory["bodies"]) { CacheBytes = 0, SegmentBytes = 50_000 }));

    protected override Task CloseAsync(IMessageStore store)
    {
        ((EmbeddedMessageStore)store).Dispose();
        return Task.CompletedTask;
    }
}
