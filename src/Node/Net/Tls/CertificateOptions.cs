using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Net.Tls;

/// <summary>What handshakes with one certificate are run with. The objects are the same for all of them: the contexts of OpenSSL hang on them.</summary>
internal sealed class CertificateOptions(ServerCertificate certificate, TlsSettings settings)
{
    // RFC 9325 §4.2: forward secrecy and authenticated encryption alone.
    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    /// <summary>
    /// For clients that offer TLS 1.3, and so get it: its suites are all good ones. Not named one by one: with a policy, .NET makes a context of OpenSSL's for each
    /// connection, which was measured to cost 16 KB, and to make resumption impossible.
    /// </summary>
    public SslServerAuthenticationOptions Modern { get; } = Make(certificate, settings, null);

    /// <summary>For clients that do not, which are few: without the suites of TLS 1.2 that use CBC.</summary>
    public SslServerAuthenticationOptions Older { get; } = Make(certificate, settings, OperatingSystem.IsLinux() ? new CipherSuitesPolicy(s_suites) : null);

    private static SslServerAuthenticationOptions Make(ServerCertificate certificate, TlsSettings settings, CipherSuitesPolicy? suites) => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = settings.OnlyTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = suites,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        AllowRenegotiation = false,
        AllowTlsResume = true,
        ClientCertificateRequired = settings.RequestsClientCertificates,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = NoLookUps(),
#pragma warning disable CA5359 // See NoLookUps.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    // A client's certificate counts by its fingerprint alone, so no authority is asked, least of all over the network.
    private static X509ChainPolicy NoLookUps() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

}
