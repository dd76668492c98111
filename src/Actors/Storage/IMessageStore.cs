namespace MtaCluster.Actors.Storage;

/// <summary>Where a durable message body is. Opaque to all but the store that made it; journaled, so its meaning is kept for ever.</summary>
/// <param name="Container">What holds the body: a segment, a partition.</param>
/// <param name="Position">Where it is in its container.</param>
/// <param name="Length">The length of the content in octets: what a delivery sends, before dot-stuffing.</param>
public readonly record struct BodyRef(long Container, long Position, long Length);

/// <summary>
/// Holds message bodies. Two promises: a body whose <see cref="IBodyWriter.CompleteAsync"/> has completed survives the loss of
/// power, and a body that was neither released nor swept can be read until then.
/// </summary>
/// <remarks>
/// After a start the store knows its bodies but not which are still wanted. Each recovered spool calls <see cref="Retain"/> for
/// each of its messages; once all spools have, <see cref="SweepOrphans"/> frees what nobody retained: bodies that were written
/// and never accepted. Until then nothing from before the start is freed.
/// </remarks>
public interface IMessageStore
{
    /// <summary>Begins a body of a message that <paramref name="spool"/> will own: it is kept where that spool is kept. Cheap, and does no I/O.</summary>
    IBodyWriter CreateBody(int spool);

    /// <summary>Opens a body for reading from its first octet.</summary>
    /// <exception cref="BodyUnavailableException">The body is not there or is damaged: no retry will help.</exception>
    /// <exception cref="IOException">The store failed: a retry may help.</exception>
    ValueTask<BodyReader> OpenAsync(BodyRef body, CancellationToken cancellationToken = default);

    /// <summary>
    /// Whether a message may still be accepted with this body. A store may free a body that nobody has accepted a while after it was written, and a
    /// process may stand still between the two for any time. Cheap.
    /// </summary>
    bool CanBeAccepted(BodyRef body) => true;

    /// <summary>Marks a body from before the start as wanted.</summary>
    void Retain(BodyRef body);

    /// <summary>Frees a body. Called after the event that finishes its message is durable. Never throws.</summary>
    void Release(BodyRef body);

    /// <summary>Frees the bodies from before the start that were not retained; returns how many.</summary>
    int SweepOrphans();
}

/// <summary>Writes one body. Disposing it before <see cref="CompleteAsync"/> has succeeded leaves nothing behind.</summary>
public interface IBodyWriter : IAsyncDisposable
{
    /// <summary>Octets written so far.</summary>
    long Length { get; }

    /// <summary>Takes a copy of <paramref name="content"/>. Call <see cref="FlushAsync"/> after each batch of writes.</summary>
    void Write(ReadOnlySpan<byte> content);

    /// <summary>Moves what has gathered to disk once it is too much to hold; otherwise completes at once.</summary>
    /// <exception cref="IOException">The store failed.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends the body, puts <paramref name="prefix"/> (the trace header fields; at most 3,072 octets) before it and makes it
    /// durable: when this completes, the body is on stable storage.
    /// </summary>
    /// <exception cref="IOException">The store failed; nothing is kept.</exception>
    ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default);
}

/// <summary>Reads one body, chunk by chunk.</summary>
public abstract class BodyReader : IAsyncDisposable
{
    /// <summary>The length of the whole body in octets.</summary>
    public abstract long Length { get; }

    /// <summary>The next chunk, valid until the next call; empty at the end.</summary>
    /// <exception cref="BodyUnavailableException">The body is damaged.</exception>
    /// <exception cref="IOException">The store failed.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A body is missing or damaged for good.</summary>
public sealed class BodyUnavailableException : IOException
{
    /// <summary>Names what is wrong with which body.</summary>
    public BodyUnavailableException(string message)
        : base(message)
    {
    }
}
