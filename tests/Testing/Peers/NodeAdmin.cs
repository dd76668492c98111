using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>Clients of a node's admin endpoint, which is on 127.0.0.1 of the namespace that the node runs in.</summary>
internal static class NodeAdmin
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    public static HttpClient Connect(NodeSettings settings)
    {
        // Connections are not kept: the node may be killed and started again between two questions.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero };
        if (settings.Namespace is { } space)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(space, settings.AdminPort, cancellationToken);
        }

        return new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{settings.AdminPort}"), Timeout = s_timeout };
    }

    private static async ValueTask<Stream> ConnectAsync(string space, int port, CancellationToken cancellationToken)
    {
        // A socket stays in the namespace that it was made in.
        var socket = await NetworkNamespaces.RunInAsync(space, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ConfigureAwait(false);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
