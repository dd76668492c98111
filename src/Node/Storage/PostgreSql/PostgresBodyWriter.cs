using MtaCluster.Actors.Storage;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>Gathers a body in memory, and hands it to the committer; one that grows big goes to a local file meanwhile.</summary>
internal sealed class PostgresBodyWriter : IBodyWriter
{
    private readonly BodyCommitter _committer;
    private readonly Func<SpilledBody> _spill;
    private ContentBuffer _content = new(PendingBody.MaximumPrefix, 0);
    private SpilledBody? _spilled;
    private bool _isEnded;

    /// <summary>Begins a body, without any memory yet.</summary>
    public PostgresBodyWriter(BodyCommitter committer, Func<SpilledBody> spill)
    {
        _committer = committer;
        _spill = spill;
    }

    /// <inheritdoc/>
    public long Length => (_spilled?.Length ?? 0) + _content.Length;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfEnded();
        _content.Append(content);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return _content.Length <= EmbeddedBodyWriter.MaximumGathered ? ValueTask.CompletedTask : SpillAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Once a small body is on its way to the database, cancellation comes too late and is not looked at.</remarks>
    public async ValueTask<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, PendingBody.MaximumPrefix);
        cancellationToken.ThrowIfCancellationRequested();
        if (_spilled is null && _content.Length <= EmbeddedBodyWriter.MaximumGathered)
        {
            _isEnded = true;
            var array = _content.Take();
            var body = new GatheredBody(array, _content.Length, prefix.Span);
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
        _content.Return();
        return _spilled?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async ValueTask SpillAsync(CancellationToken cancellationToken)
    {
        _spilled ??= _spill();
        if (_content.Length > 0)
        {
            await _spilled.AppendAsync(_content.Content, cancellationToken).ConfigureAwait(false);
            _content.Clear();
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
