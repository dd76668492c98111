using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

/// <summary>The contract, with reads from the cache.</summary>
public sealed class EmbeddedMessageStoreSpecs : MessageStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IMessageStore Open() => EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(_directory["bodies"]));

    protected override void Close(IMessageStore store) => ((EmbeddedMessageStore)store).Dispose();
}

/// <summary>The contract, with reads from disk and many small segments.</summary>
public sealed class EmbeddedMessageStoreWithoutCacheSpecs : MessageStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IMessageStore Open() =>
        EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(_directory["bodies"]) { CacheBytes = 0, SegmentBytes = 50_000 });

    protected override void Close(IMessageStore store) => ((EmbeddedMessageStore)store).Dispose();
}
