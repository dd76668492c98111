using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Actors.Delivery;

namespace MtaCluster.Node.Net;

/// <summary>Opens outbound connections over TCP, or over a Unix socket for LMTP.</summary>
/// <param name="trust">How the certificates of peers are verified; null for the authorities of the system.</param>
internal sealed class TcpSmtpConnector(X509ChainPolicy? trust = null) : ISmtpConnector
{
    public async Task<ISmtpTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new StreamSmtpTransport(new NetworkStream(socket, ownsSocket: true), trust);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
