using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// Free TCP ports on 127.0.0.1, below the range of ephemeral ports: no outgoing connection can take one between two starts of a
/// process under test, or, while nobody listens, connect to itself.
/// </summary>
public static class LoopbackPorts
{
    private const int First = 12_000;
    private const int Count = 18_000;
    private static int s_next = Environment.ProcessId * 37 % Count;

    /// <summary>A port that is free now and is handed out once in this process.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref s_next) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
