using System.Collections.Immutable;

namespace MtaCluster.Node.Net.Tls;

/// <summary>What was agreed upon in a handshake. A connection that is in TLS has it among its features.</summary>
/// <param name="Protocol"><c>TLSv1.2</c> or <c>TLSv1.3</c>.</param>
/// <param name="CipherSuite">The suite by its name in the registry of IANA, such as <c>TLS_AES_256_GCM_SHA384</c>.</param>
/// <param name="ServerName">The name that the client has asked for (SNI, RFC 6066 §3), or null.</param>
/// <param name="ClientCertificateSha256">
/// The SHA-256 fingerprint of the client's certificate in lower-case hexadecimal digits, or null. Nobody but its owner can have shown it; who that is, nobody
/// has vouched for.
/// </param>
/// <param name="ServerEndPoint">
/// The channel binding <c>tls-server-end-point</c> (RFC 5929 §4), for SCRAM-…-PLUS; empty where it is not defined for the certificate. It is
/// the one that there is: .NET gives no access to exporters, so not to <c>tls-exporter</c>.
/// </param>
public sealed record TlsInfo(
    string Protocol, string CipherSuite, string? ServerName, string? ClientCertificateSha256, ImmutableArray<byte> ServerEndPoint)
{
    /// <summary>Version and suite, for people.</summary>
    public string Description { get; } = $"{Protocol} with cipher {CipherSuite}";
}
