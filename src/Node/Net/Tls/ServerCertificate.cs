using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Net.Tls;

/// <summary>A certificate of ours as it was loaded, with all that handshakes need of it: made once, for each of them.</summary>
internal sealed class ServerCertificate
{
    private const string SubjectAlternativeName = "2.5.29.17";

    private ServerCertificate(X509Certificate2 certificate, SslStreamCertificateContext context)
    {
        Context = context;
        Names = NamesOf(certificate);
        NotAfter = certificate.NotAfter;
        ServerEndPoint = BindingOf(certificate);
    }

    /// <summary>The certificate, its key and its chain. What OpenSSL keeps for resumption is kept with it.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The DNS names that it is for, in lower case; <c>*.example.net</c> is every name one label below.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The last moment of its validity.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>The channel binding <c>tls-server-end-point</c>; empty where none is defined.</summary>
    public ImmutableArray<byte> ServerEndPoint { get; }

    /// <summary>Loads it.</summary>
    /// <exception cref="CryptographicException">They are no certificate and its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public static ServerCertificate Load(CertificateFiles files)
    {
        var certificate = X509Certificate2.CreateFromPemFile(files.CertificateFile, files.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(files.CertificateFile);
        if (chain.Count > 0)
        {
            chain.RemoveAt(0);
        }

        // Offline: what is not in the file is not looked for in the network.
        return new ServerCertificate(certificate, SslStreamCertificateContext.Create(certificate, chain, offline: true));
    }

    private static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).ToList();
        if (names.Count == 0 && !certificate.Extensions.Any(extension => extension.Oid?.Value == SubjectAlternativeName))
        {
            names.Add(certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false));
        }

        return [.. names.Where(name => name.Length > 0).Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];
    }

    // RFC 5929 §4.1: the hash of the certificate's signature, but SHA-256 in place of MD5 and SHA-1. PSS and the signatures without a hash have none here.
    private static ImmutableArray<byte> BindingOf(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2"
            => [.. SHA256.HashData(certificate.RawData)],
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => [.. SHA384.HashData(certificate.RawData)],
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => [.. SHA512.HashData(certificate.RawData)],
        _ => [],
    };
}
