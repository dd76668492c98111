using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Tests.Hosting;

/// <summary>A certificate authority of a test, and the files that it hands out.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly TemporaryDirectory _directory = new();

    public TestAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CertificateFile, _certificate.ExportCertificatePem());
    }

    /// <summary>The file with its own certificate.</summary>
    public string CertificateFile => _directory["ca.pem"];

    /// <summary>Makes a certificate for a host name or address, and a key; trusts this authority.</summary>
    public ClusterTlsSettings Issue(string host, DateTimeOffset? notAfter = null, string purposes = "both")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        var usages = new OidCollection { new Oid("1.3.6.1.5.5.7.3.1") };
        if (purposes == "both")
        {
            usages.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        using var certificate = request.Create(
            _certificate, DateTimeOffset.UtcNow.AddHours(-2), notAfter ?? DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        var name = Guid.NewGuid().ToString("N");
        File.WriteAllText(_directory[name + ".pem"], certificate.ExportCertificatePem());
        File.WriteAllText(_directory[name + ".key"], key.ExportPkcs8PrivateKeyPem());
        return new ClusterTlsSettings(_directory[name + ".pem"], _directory[name + ".key"], CertificateFile);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _directory.Dispose();
    }
}
