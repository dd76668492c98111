using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// A strict SMTP receiver in the test process that records each mail before it answers 250. The test process outlives the
/// processes that are killed, so its memory is the ledger.
/// </summary>
public sealed class LedgerSink : IAsyncDisposable
{
    private readonly SinkScript _script;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ReceivedMail> _received = [];
    private readonly HashSet<Task> _sessions = [];
    private readonly Task _accepting;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    private LedgerSink(SinkScript script, int port, IPAddress address)
    {
        _script = script;
        _listener = new TcpListener(address, port);
        _listener.Start(1024);
        Port = port;
        _accepting = AcceptAsync();
    }

    /// <summary>Called after each mail that was recorded, on the session's thread, before its 250 is sent.</summary>
    public event Action<ReceivedMail>? Recorded;

    /// <summary>The port, on 127.0.0.1 unless it was started on another address.</summary>
    public int Port { get; }

    /// <summary>Connections that were ever open at the same time, at most.</summary>
    public int PeakConnections { get; private set; }

    /// <summary>Connections in all.</summary>
    public int TotalConnections { get; private set; }

    /// <summary>The mail recorded so far.</summary>
    public IReadOnlyList<ReceivedMail> Received
    {
        get
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Starts a sink.</summary>
    public static LedgerSink Start(SinkScript? script = null, int? port = null, IPAddress? address = null) =>
        new(script ?? new SinkScript(), port ?? LoopbackPorts.Next(), address ?? IPAddress.Loopback);

    /// <summary>Waits until so much mail was recorded, and returns it.</summary>
    /// <exception cref="TimeoutException">It was not in time.</exception>
    public async Task<IReadOnlyList<ReceivedMail>> WaitForAsync(int count, TimeSpan timeout)
    {
        await WaitUntilAsync(() => _received.Count >= count, timeout).ConfigureAwait(false);
        return Received;
    }

    /// <summary>Waits until something holds that can change only with recorded mail; it is evaluated at each, one at a time.</summary>
    /// <exception cref="TimeoutException">It did not come to hold in time.</exception>
    public async Task WaitUntilAsync(Func<bool> condition, TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition())
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(expired.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"gave up after {timeout}; the sink has {Received.Count} messages");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false);
                lock (_lock)
                {
                    TotalConnections++;
                    PeakConnections = Math.Max(PeakConnections, ++_connections);
                    _sessions.RemoveWhere(session => session.IsCompleted);
                    _sessions.Add(Task.Run(() => ServeAsync(connection)));
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        try
        {
            using (connection)
            {
                connection.NoDelay = true;
                await new LedgerSinkSession(_script, Record, connection.GetStream()).RunAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
        {
            // The peer was killed, or the sink is stopping.
        }
        finally
        {
            lock (_lock)
            {
                _connections--;
            }
        }
    }

    private void Record(ReceivedMail mail)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _received.Add(mail);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Recorded?.Invoke(mail);
        changed.SetResult();
    }
}
