namespace MtaCluster.Node.Net.Tls;

/// <summary>A handshake did not come about. Nothing more can be said on the connection.</summary>
public sealed class TlsHandshakeException(string message, Exception? innerException = null) : IOException(message, innerException);
