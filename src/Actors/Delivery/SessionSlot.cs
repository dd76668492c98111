namespace MtaCluster.Actors.Delivery;

/// <summary>
/// Holds the session of a connection from the moment that it is open, for an actor that may have stopped by then: whichever comes
/// second, the session or the end, closes it. Thread-safe.
/// </summary>
internal sealed class SessionSlot
{
    private readonly Lock _lock = new();
    private IAsyncDisposable? _session;
    private bool _isClosed;

    /// <summary>Puts the session in; closes it if the slot is closed already.</summary>
    public ValueTask PutAsync(IAsyncDisposable session)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _session = session;
                return ValueTask.CompletedTask;
            }
        }

        return session.DisposeAsync();
    }

    /// <summary>Closes the slot and the session in it, if there is one.</summary>
    public async Task CloseAsync()
    {
        IAsyncDisposable? session;
        lock (_lock)
        {
            _isClosed = true;
            session = _session;
            _session = null;
        }

        if (session is not null)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
