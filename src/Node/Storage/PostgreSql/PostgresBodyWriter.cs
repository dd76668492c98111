using System.Buffers;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>Gathers a body in memory, and hands it to the committer; one that grows big goes to a local file meanwhile.</summary>
internal sealed class PostgresBodyWriter : IBodyWriter
{
    private const int FirstArray = 16 * 1024;
    private readonly BodyCommitter _committer;
    private readonly Func<SpilledBody> _spill;
    private byte[]? _array;
    private int _gathered;
    private SpilledBody? _spilled;
    private bool _isEnded;

    /// <summary>Begins a body, without any memory yet.</summary>
    public PostgresBodyWriter(BodyCommitter committer, Func<SpilledBody> spill)
    {
        _committer = committer;
        _spill = spill;
    }

    /// <inheritdoc/>
    public long Length => (_spilled?.Length ?? 0) + _gathered;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfEnded();
        var end = PendingBody.MaximumPrefix + _gathered;
        var needed = end + content.Length;
        if (_array is null || _array.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstArray, needed));
            if (_array is not null)
            {
                Gathered.Span.CopyTo(larger.AsSpan(PendingBody.MaximumPrefix));
                ArrayPool<byte>.Shared.Return(_array);
            }

            _array = larger;
        }

        content.CopyTo(_array.AsSpan(end));
        _gathered += content.Length;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return _gathered <= EmbeddedBodyWriter.MaximumGathered ? ValueTask.CompletedTask : SpillAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Once a small body is on its way to the database, cancellation comes too late and is not looked at.</remarks>
    public async ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, PendingBody.MaximumPrefix);
        cancellationToken.ThrowIfCancellationRequested();
        if (_spilled is null && _gathered <= EmbeddedBodyWriter.MaximumGathered)
        {
            _isEnded = true;
            var array = Interlocked.Exchange(ref _array, null) ?? ArrayPool<byte>.Shared.Rent(FirstArray);
            var body = new GatheredBody(array, _gathered, prefix.Span);
            _committer.Enqueue(body);
            return await body.Completion.ConfigureAwait(false);
        }

        await SpillAsync(cancellationToken).ConfigureAwait(false);
        _isEnded = true;
        return await _spilled!.CompleteAsync(prefix, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isEnded = true;
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        return _spilled?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private ReadOnlyMemory<byte> Gathered => _array.AsMemory(PendingBody.MaximumPrefix, _gathered);

    private async ValueTask SpillAsync(CancellationToken cancellationToken)
    {
        _spilled ??= _spill();
        if (_gathered > 0)
        {
            await _spilled.AppendAsync(Gathered, cancellationToken).ConfigureAwait(false);
            _gathered = 0;
        }
    }

    private void ThrowIfEnded()
    {
        if (_isEnded)
        {
            throw new InvalidOperationException("The body has ended");
        }
    }
}
