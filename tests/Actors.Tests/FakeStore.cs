using System.Collections.Concurrent;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Tests;

/// <summary>A message store that knows what was retained and released; every body that is read is the same. Can be made to fail.</summary>
internal sealed class FakeStore : IMessageStore
{
    private long _next = 1_000;

    public ConcurrentQueue<BodyRef> Retained { get; } = new();

    public ConcurrentQueue<BodyRef> Released { get; } = new();

    /// <summary>The bodies that were completed.</summary>
    public ConcurrentQueue<byte[]> Written { get; } = new();

    public bool FailsToWrite { get; set; }

    /// <summary>The content of every body.</summary>
    public byte[] Body { get; set; } = "Subject: x\r\n"u8.ToArray();

    /// <summary>What opening a body throws, if anything.</summary>
    public Exception? OpenFailure { get; set; }

    public IBodyWriter CreateBody(int spool) => new Writer(this);

    public ValueTask<BodyReader> OpenAsync(BodyRef body, CancellationToken cancellationToken = default)
        => OpenFailure is { } failure ? ValueTask.FromException<BodyReader>(failure) : new ValueTask<BodyReader>(new Reader(Body));

    public void Retain(BodyRef body) => Retained.Enqueue(body);

    public void Release(BodyRef body) => Released.Enqueue(body);

    public int SweepOrphans() => 0;

    private sealed class Writer(FakeStore store) : IBodyWriter
    {
        private readonly MemoryStream _content = new();

        public long Length => _content.Length;

        public void Write(ReadOnlySpan<byte> content) => _content.Write(content);

        public ValueTask FlushAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
        {
            if (store.FailsToWrite)
            {
                return ValueTask.FromException<BodyRef>(new IOException("the disk is full"));
            }

            store.Written.Enqueue(_content.ToArray());
            return new ValueTask<BodyRef>(new BodyRef(2, Interlocked.Increment(ref store._next), _content.Length));
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Reader(byte[] content) : BodyReader
    {
        private bool _isRead;

        public override long Length => content.Length;

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
        {
            var chunk = _isRead ? ReadOnlyMemory<byte>.Empty : content;
            _isRead = true;
            return new ValueTask<ReadOnlyMemory<byte>>(chunk);
        }

        public override ValueTask DisposeAsync() => default;
    }
}
