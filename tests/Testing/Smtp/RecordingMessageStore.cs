using System.Collections.Concurrent;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Testing.Smtp;

/// <summary>The calls of a body's life at which <see cref="RecordingMessageStore"/> can be made to fail.</summary>
public enum StoreStep
{
    /// <summary>Never.</summary>
    None,

    /// <summary><see cref="IMessageStore.CreateBody"/>.</summary>
    Create,

    /// <summary><see cref="IBodyWriter.Write"/>.</summary>
    Write,

    /// <summary><see cref="IBodyWriter.FlushAsync"/>.</summary>
    Flush,

    /// <summary><see cref="IBodyWriter.CompleteAsync"/>.</summary>
    Complete,
}

/// <summary>A store of bodies in memory that can fail, and knows what was kept, released and abandoned. For writing alone.</summary>
public sealed class RecordingMessageStore : IMessageStore
{
    private readonly ConcurrentDictionary<long, byte[]> _bodies = new();
    private long _next;

    /// <summary>Where the store fails.</summary>
    public StoreStep FailAt { get; set; }

    /// <summary>Called when the store is about to fail.</summary>
    public Action OnFail { get; set; } = static () => { };

    /// <summary>Called when a session has written some content and asks to flush it.</summary>
    public Action<long> OnFlush { get; set; } = static _ => { };

    /// <summary>Bodies that are kept.</summary>
    public int Count => _bodies.Count;

    /// <summary>Bodies that were released.</summary>
    public ConcurrentQueue<BodyRef> Released { get; } = new();

    /// <summary>Writers that are in use: neither completed nor disposed.</summary>
    public int Open { get; private set; }

    /// <summary>The octets of a body that is kept.</summary>
    public byte[] this[BodyRef body] => _bodies[body.Position];

    /// <inheritdoc/>
    public IBodyWriter CreateBody(int spool)
    {
        FailIf(StoreStep.Create);
        Open++;
        return new Writer(this);
    }

    /// <inheritdoc/>
    public ValueTask<BodyReader> OpenAsync(BodyRef body, CancellationToken cancellationToken = default) =>
        throw new BodyUnavailableException("This store is for writing alone.");

    /// <inheritdoc/>
    public void Retain(BodyRef body)
    {
    }

    /// <inheritdoc/>
    public void Release(BodyRef body)
    {
        Released.Enqueue(body);
        _bodies.TryRemove(body.Position, out _);
    }

    /// <inheritdoc/>
    public int SweepOrphans() => 0;

    private void FailIf(StoreStep step)
    {
        if (FailAt == step)
        {
            OnFail();
            throw new IOException($"The store fails at {step}.");
        }
    }

    private sealed class Writer(RecordingMessageStore store) : IBodyWriter
    {
        private readonly MemoryStream _content = new();
        private bool _closed;

        public long Length => _content.Length;

        public void Write(ReadOnlySpan<byte> content)
        {
            store.FailIf(StoreStep.Write);
            _content.Write(content);
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken = default)
        {
            store.FailIf(StoreStep.Flush);
            store.OnFlush(Length);
            return ValueTask.CompletedTask;
        }

        public ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
        {
            store.FailIf(StoreStep.Complete);
            byte[] body = [.. prefix.Span, .. _content.ToArray()];
            var position = Interlocked.Increment(ref store._next);
            store._bodies[position] = body;
            Close();
            return ValueTask.FromResult(new BodyRef(1, position, body.Length));
        }

        public ValueTask DisposeAsync()
        {
            Close();
            return ValueTask.CompletedTask;
        }

        private void Close()
        {
            if (!_closed)
            {
                _closed = true;
                store.Open--;
            }
        }
    }
}
