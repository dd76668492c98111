using System.IO.Pipelines;
using System.Net;

namespace MtaCluster.Actors.Delivery;

/// <summary>Opens outbound connections.</summary>
public interface ISmtpConnector
{
    /// <summary>Connects to <paramref name="endPoint"/> (an <see cref="IPEndPoint"/>, or a Unix socket for LMTP).</summary>
    /// <exception cref="IOException">The connection was refused, reset or could not be made.</exception>
    /// <exception cref="OperationCanceledException">The time-out or the caller ended it.</exception>
    Task<ISmtpTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken);
}

/// <summary>The octets of one outbound connection. Disposing it closes the connection at once.</summary>
public interface ISmtpTransport : IAsyncDisposable
{
    /// <summary>What the peer sends. Replaced by <see cref="StartTlsAsync"/>.</summary>
    PipeReader Input { get; }

    /// <summary>What is sent to the peer. Replaced by <see cref="StartTlsAsync"/>.</summary>
    PipeWriter Output { get; }

    /// <summary>Negotiates TLS as the client, for the server name <paramref name="host"/>, taking any certificate (opportunistic TLS, RFC 7435).</summary>
    /// <exception cref="IOException">The handshake failed; the transport can no longer be used.</exception>
    Task StartTlsAsync(string host, CancellationToken cancellationToken);

    /// <summary>The TLS version and cipher suite in use, or null in clear text.</summary>
    string? TlsDescription { get; }

    /// <summary>TLS is in use, and the peer's certificate is one for its name from an authority that we trust.</summary>
    bool IsPeerVerified { get; }
}
