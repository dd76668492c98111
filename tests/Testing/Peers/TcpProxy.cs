using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>What listens to one connection that goes through a <see cref="TcpProxy"/>. Each is called with what was read, before it is passed on.</summary>
public interface IProxyTap
{
    /// <summary>Octets from the client.</summary>
    /// <returns>False ends the connection here.</returns>
    bool FromClient(ReadOnlySpan<byte> octets);

    /// <summary>Octets from the server.</summary>
    /// <returns>False ends the connection here.</returns>
    bool FromServer(ReadOnlySpan<byte> octets);
}

/// <summary>A TCP proxy before a server on 127.0.0.1. When one side ends a connection, the other side of it is reset.</summary>
public abstract class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _serverPort;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Connection, byte> _connections = new();
    private readonly Task _accepting;

    /// <summary>Listens from now on.</summary>
    /// <param name="address">Where, on a free port.</param>
    /// <param name="serverPort">The server's port.</param>
    protected TcpProxy(IPAddress address, int serverPort)
    {
        _serverPort = serverPort;
        _listener = new TcpListener(address, LoopbackPorts.Next());
        _listener.Start(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

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
        GC.SuppressFinalize(this);
    }

    /// <summary>A connection begins. May be called concurrently.</summary>
    protected abstract IProxyTap Tap();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token).ConfigureAwait(false);
                var connection = new Connection(client, Tap());
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

    private sealed class Connection(Socket client, IProxyTap tap)
    {
        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task RunAsync(int port, CancellationToken stopping)
        {
            client.NoDelay = true;
            await _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stopping).ConfigureAwait(false);
            var questions = PumpAsync(client, _server, octets => tap.FromClient(octets.Span), stopping);
            var answers = PumpAsync(_server, client, octets => tap.FromServer(octets.Span), stopping);
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
