using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

/// <summary>The one writer: groups, faults, segments that go, and the cache.</summary>
public sealed class GroupCommitSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FaultyFileOperations _files = new();

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private EmbeddedMessageStore Open(long segmentBytes = 64 * 1024 * 1024, long cacheBytes = 0) => EmbeddedMessageStore.Open(
        new EmbeddedMessageStoreOptions(_directory["bodies"]) { SegmentBytes = segmentBytes, CacheBytes = cacheBytes },
        _files,
        NullLogger.Instance);

    private string[] Files() => Directory.GetFiles(_directory["bodies"], "*1");

    private static void Fail() => throw new IOException("fault");

    [Fact]
    public async Task All_bodies_that_wait_share_one_flush()
    {
        using var store = Open();
        using var inFlush = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        _files.BeforeFlush = () =>
        {
            inFlush.Release();
            Assert.True(goOn.Wait(TimeSpan.FromSeconds(30)));
        };
        var first = store.WriteAsync(Bodies.Octets(1000, 0), default, Cancelled);
        Assert.True(await inFlush.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        var others = Enumerable.Range(1, 50).Select(i => store.WriteAsync(Bodies.Octets(1000, i), default, Cancelled)).ToArray();
        Assert.False(first.IsCompleted);
        goOn.Release(2);
        await first.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        var bodies = await Task.WhenAll(others).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(2, _files.Flushes);
        for (var i = 0; i < bodies.Length; i++)
        {
            Assert.Equal(Bodies.Octets(1000, i + 1), await store.ReadAsync(bodies[i], Cancelled));
        }
    }

    [Fact]
    public async Task A_full_disk_fails_the_group_and_the_next_one_goes_on_in_the_same_segment()
    {
        using var store = Open();
        var first = await store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled);
        _files.BeforeWrite = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 2), default, Cancelled));
        _files.BeforeWrite = null;
        Assert.Equal(first.Position + 1048, new FileInfo(Files()[0]).Length);
        var third = await store.WriteAsync(Bodies.Octets(1000, 3), default, Cancelled);
        Assert.Equal(first.Container, third.Container);
        Assert.Equal(Bodies.Octets(1000, 1), await store.ReadAsync(first, Cancelled));
        Assert.Equal(Bodies.Octets(1000, 3), await store.ReadAsync(third, Cancelled));
    }

    [Fact]
    public async Task After_a_failed_flush_the_segment_is_never_appended_to_again()
    {
        BodyRef first, third;
        using (var store = Open())
        {
            first = await store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled);
            _files.BeforeFlush = Fail;
            await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 2), default, Cancelled));
            _files.BeforeFlush = null;
            third = await store.WriteAsync(Bodies.Octets(1000, 3), default, Cancelled);
            Assert.NotEqual(first.Container, third.Container);
            Assert.Equal(Bodies.Octets(1000, 1), await store.ReadAsync(first, Cancelled));
        }

        using var reopened = Open();
        reopened.Retain(first);
        reopened.Retain(third);

        // The octets of the failed body may be on disk after all; nobody wants them.
        Assert.Equal(1, reopened.SweepOrphans());
        Assert.Equal(Bodies.Octets(1000, 1), await reopened.ReadAsync(first, Cancelled));
        Assert.Equal(Bodies.Octets(1000, 3), await reopened.ReadAsync(third, Cancelled));
    }

    [Fact]
    public async Task A_segment_that_cannot_be_cut_after_a_failed_write_is_given_up()
    {
        using var store = Open();
        var first = await store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled);
        _files.BeforeWrite = Fail;
        _files.BeforeTruncate = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 2), default, Cancelled));
        _files.BeforeWrite = null;
        var third = await store.WriteAsync(Bodies.Octets(1000, 3), default, Cancelled);
        Assert.NotEqual(first.Container, third.Container);
    }

    [Fact]
    public async Task While_nothing_works_every_caller_is_told_and_afterwards_all_works_again()
    {
        using var store = Open();
        _files.BeforeCreate = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled));
        _files.BeforeCreate = null;
        _files.BeforeFlushDirectory = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled));
        _files.BeforeFlushDirectory = null;
        _files.BeforeFlush = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled));
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1000, 1), default, Cancelled));
        _files.BeforeFlush = null;
        var body = await store.WriteAsync(Bodies.Octets(1000, 2), default, Cancelled);
        Assert.Equal(Bodies.Octets(1000, 2), await store.ReadAsync(body, Cancelled));
    }

    [Fact]
    public async Task A_big_body_that_cannot_be_made_durable_leaves_no_file()
    {
        using var store = Open();
        var deleted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _files.AfterDelete = _ => deleted.SetResult();
        _files.BeforeFlush = Fail;
        await Assert.ThrowsAsync<IOException>(() => store.WriteAsync(Bodies.Octets(1_000_000, 1), default, Cancelled));
        await deleted.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Segments_go_once_they_are_full_and_all_their_bodies_are_released()
    {
        var deleted = new ConcurrentBag<string>();
        using var all = new CountdownEvent(9);
        _files.AfterDelete = path =>
        {
            deleted.Add(path);
            all.Signal();
        };
        using var store = Open(segmentBytes: 10_000);
        var bodies = new List<BodyRef>();
        for (var i = 0; i < 100; i++)
        {
            bodies.Add(await store.WriteAsync(Bodies.Octets(960, i), default, Cancelled));
        }

        Assert.Equal(10, store.SegmentCount);
        bodies.ForEach(store.Release);
        Assert.True(all.Wait(TimeSpan.FromSeconds(30), Cancelled));
        Assert.Equal(1, store.SegmentCount);
        Assert.Single(Files());
    }

    [Fact]
    public async Task A_reader_goes_on_while_its_segment_goes()
    {
        using var store = Open();
        var deleted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _files.AfterDelete = _ => deleted.SetResult();
        var body = await store.WriteAsync(Bodies.Octets(600_000, 1), default, Cancelled);
        await using var reader = await store.OpenAsync(body, Cancelled);
        store.Release(body);
        await deleted.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        long read = 0;
        for (var chunk = await reader.ReadAsync(Cancelled); !chunk.IsEmpty; chunk = await reader.ReadAsync(Cancelled))
        {
            read += chunk.Length;
        }

        Assert.Equal(600_000, read);
    }

    [Fact]
    public async Task The_cache_holds_the_newest_bodies_within_its_bounds_and_lets_released_ones_go()
    {
        using var store = Open(cacheBytes: 200_000);
        var bodies = new List<BodyRef>();
        for (var i = 0; i < 100; i++)
        {
            bodies.Add(await store.WriteAsync(Bodies.Octets(10_000, i), default, Cancelled));
            Assert.InRange(store.CachedOctets, 1, 200_000);
        }

        // With the files damaged, only what is in memory can be read.
        foreach (var file in Files())
        {
            await using var damaged = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            damaged.SetLength(0);
        }

        Assert.Equal(Bodies.Octets(10_000, 99), await store.ReadAsync(bodies[99], Cancelled));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bodies[0], Cancelled));
        bodies.ForEach(store.Release);
        Assert.Equal(0, store.CachedOctets);
    }

    [Fact]
    public async Task A_closed_store_takes_no_body()
    {
        var store = Open();
        await using var writer = store.CreateBody(spool: 0);
        writer.Write("x"u8);
        store.Dispose();
        await Assert.ThrowsAsync<IOException>(async () => await writer.CompleteAsync(default, Cancelled));
    }
}
