
namespace MtaCluster.Protocol.Sasl;

/// <summary>What ties an exchange to the TLS connection that it runs on (RFC 5056): whoever sits in between has other values.</summary>
/// <param name="TlsExporter">
/// 32 octets that both ends derive from the connection (RFC 9266), empty where the TLS library does not give them.
/// </param>
/// <param name="TlsServerEndPoint">The hash of the server's certificate (RFC 5929 §4), empty if it is not known.</param>
public sealed record ChannelBindings(ReadOnlyMemory<byte> TlsExporter, ReadOnlyMemory<byte> TlsServerEndPoint)
{
    /// <summary>The names by which clients ask for them.</summary>
    public const string TlsExporterName = "tls-exporter";

    /// <summary>The names by which clients ask for them.</summary>
    public const string TlsServerEndPointName = "tls-server-end-point";

    /// <summary>Whether there is any.</summary>
    public bool IsEmpty => TlsExporter.IsEmpty && TlsServerEndPoint.IsEmpty;

    /// <summary>The binding of that name; false if this connection has none.</summary>
    internal bool TryFind(string name, out ReadOnlyMemory<byte> binding)
    {
        binding = name switch
        {
            TlsExporterName => TlsExporter,
            TlsServerEndPointName => TlsServerEndPoint,
            _ => default,
        };
        return !binding.IsEmpty;
    }
}
