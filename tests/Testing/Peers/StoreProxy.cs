using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// A TCP proxy before a PostgreSQL server. On command it cuts connections at the worst moment: a COMMIT has gone to the server, and its answer
/// has come back to the proxy but goes no further.
/// </summary>
public sealed class StoreProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _serverPort;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Connection, byte> _connections = new();
    private readonly Task _accepting;
    private int _cutsLeft;
    private int _cuts;

    private StoreProxy(IPAddress address, int serverPort)
    {
        _serverPort = serverPort;
        _listener = new TcpListener(address, LoopbackPorts.Next());
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Connections that were cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Starts one.</summary>
    /// <param name="serverPort">The server's port on 127.0.0.1.</param>
    /// <param name="address">Where to listen; null for 127.0.0.1.</param>
    public static StoreProxy Start(int serverPort, IPAddress? address = null) => new(address ?? IPAddress.Loopback, serverPort);

    /// <summary>The next so many COMMITs lose their answer, and their connection with it.</summary>
    public void CutCommits(int count) => Interlocked.Exchange(ref _cutsLeft, count);

    /// <summary>Resets all connections, whatever they are doing.</summary>
    /// <returns>How many there were.</returns>
    public int Reset()
    {
        var connections = _connections.Keys.ToArray();
        foreach (var connection in connections)
        {
            connection.Reset();
        }

        return connections.Length;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        var connections = _connections.Keys.ToArray();
        Reset();
        await Task.WhenAll(connections.Select(connection => connection.Ended.Task)).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token).ConfigureAwait(false);
                var connection = new Connection(this, client);
                _connections[connection] = 0;
                _ = Task.Run(() => ServeAsync(connection));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        try
        {
            await connection.RunAsync(_serverPort, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone, and so is the other one then.
        }
        finally
        {
            connection.Reset();
            _connections.TryRemove(connection, out _);
            connection.Ended.SetResult();
        }
    }

    private bool TakeCut()
    {
        if (Interlocked.Decrement(ref _cutsLeft) >= 0)
        {
            Interlocked.Increment(ref _cuts);
            return true;
        }

        Interlocked.Increment(ref _cutsLeft);
        return false;
    }

    private sealed class Connection(StoreProxy owner, Socket client)
    {
        // What makes a transaction durable: the command, or the end of a COPY that is a transaction of its own.
        private static readonly byte[] s_commit = [.. "COMMIT"u8, 0];
        private static readonly byte[] s_copyDone = [(byte)'c', 0, 0, 0, 4];
        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private volatile bool _isCut;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task RunAsync(int port, CancellationToken stopping)
        {
            client.NoDelay = true;
            await _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stopping).ConfigureAwait(false);
            var questions = PumpAsync(client, _server, Question, stopping);
            var answers = PumpAsync(_server, client, _ => !_isCut, stopping);
            await Task.WhenAny(questions, answers).ConfigureAwait(false);

            // Reset rather than closed: what is under way is lost.
            Reset();
            await Task.WhenAll(Quietly(questions), Quietly(answers)).ConfigureAwait(false);
        }

        public void Reset()
        {
            foreach (var side in (Socket[])[client, _server])
            {
                try
                {
                    side.LingerState = new LingerOption(enable: true, seconds: 0);
                }
                catch (Exception error) when (error is ObjectDisposedException or SocketException)
                {
                    // It was reset before.
                }

                side.Dispose();
            }
        }

        /// <returns>True: a question always goes to the server.</returns>
        private bool Question(ReadOnlyMemory<byte> octets)
        {
            if (!_isCut && (octets.Span.IndexOf(s_commit) >= 0 || octets.Span.IndexOf(s_copyDone) >= 0) && owner.TakeCut())
            {
                _isCut = true;
            }

            return true;
        }

        private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, bool> passes, CancellationToken stopping)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await from.ReceiveAsync(buffer, stopping).ConfigureAwait(false)) > 0 && passes(buffer.AsMemory(0, read)))
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), stopping).ConfigureAwait(false);
                }
            }
        }

        private static async Task Quietly(Task task)
        {
            try
            {
                await task.ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The connection is over.
            }
        }
    }
}
