using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Net.Tls;

/// <summary>A root, an authority below it, and certificates of mail servers in files, with that authority behind them.</summary>
internal sealed class MailCertificates : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;
    private readonly TemporaryDirectory _directory = new();

    public MailCertificates()
    {
        Root = Authority("root", _rootKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(60));
        using var authority = Authority("authority", _authorityKey)
            .Create(Root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(50), RandomNumberGenerator.GetBytes(8));
        _authority = authority.CopyWithPrivateKey(_authorityKey);
    }

    /// <summary>What clients trust.</summary>
    public X509Certificate2 Root { get; }

    public string this[string file] => _directory[file];

    /// <summary>Writes a certificate for some names, its chain and its key; over those that are there.</summary>
    public CertificateFiles Write(string file, params string[] names) => Write(file, HashAlgorithmName.SHA256, TimeSpan.FromDays(40), names);

    public CertificateFiles Write(string file, HashAlgorithmName hash, TimeSpan validity, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(key, hash, validity, names);
        var files = new CertificateFiles(_directory[file + ".pem"], _directory[file + ".key"]);
        File.WriteAllText(files.CertificateFile, certificate.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem() + "\n");
        File.WriteAllText(files.KeyFile, key.ExportPkcs8PrivateKeyPem());
        SetMode(files.KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return files;
    }

    public static void SetMode(string file, UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such modes on Windows");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }

    /// <summary>How a client looks at a server that one root must vouch for.</summary>
    public static X509ChainPolicy Trusting(X509Certificate2 root)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(root);
        return policy;
    }

    /// <summary>A certificate of a client.</summary>
    public X509Certificate2 Client()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(key, HashAlgorithmName.SHA256, TimeSpan.FromDays(1), ["client.example"]);
        return certificate.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        Root.Dispose();
        _authority.Dispose();
        _rootKey.Dispose();
        _authorityKey.Dispose();
        _directory.Dispose();
    }

    private X509Certificate2 Issue(ECDsa key, HashAlgorithmName hash, TimeSpan validity, string[] names)
    {
        var request = new CertificateRequest($"CN={names[0]}", key, hash);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        var generator = X509SignatureGenerator.CreateForECDsa(_authorityKey);
        return request.Create(
            _authority.SubjectName, generator, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow + validity, RandomNumberGenerator.GetBytes(8));
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
