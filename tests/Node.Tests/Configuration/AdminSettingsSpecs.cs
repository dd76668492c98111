using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

public sealed class AdminSettingsSpecs : IDisposable
{
    private const string Digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mta-admin.");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Another_address_than_loopback_takes_a_certificate()
    {
        Assert.Contains(ErrorsOf(("Address", "192.0.2.1:9110")), error => error.StartsWith("Mta:Admin:Tls: must be given", StringComparison.Ordinal));
        Assert.Contains(ErrorsOf(("Address", "0.0.0.0:9110")), error => error.StartsWith("Mta:Admin:Tls: must be given", StringComparison.Ordinal));
        Assert.Empty(ErrorsOf(("Address", "[::1]:9110")));
        Assert.Empty(ErrorsOf(("Address", "127.0.0.2:9110")));
    }

    [Fact]
    public void A_certificate_and_its_key_are_loaded()
    {
        var (certificate, key) = WriteCertificate();

        Assert.Empty(ErrorsOf(("Address", "192.0.2.1:9110"), ("Tls:Certificate", certificate), ("Tls:Key", key)));
        Assert.Contains(ErrorsOf(("Tls:Certificate", certificate), ("Tls:Key", certificate)), error => error.StartsWith("Mta:Admin:Tls: ", StringComparison.Ordinal));
        Assert.Contains("Mta:Admin:Tls:Key: is missing; expected is a PEM file", ErrorsOf(("Tls:Certificate", certificate)));
        Assert.Contains(ErrorsOf(("Tls:Certificate", certificate + "x"), ("Tls:Key", key)), error => error.EndsWith("is not a PEM file", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_error_of_a_token_is_told()
    {
        var errors = ErrorsOf(
            ("Tokens:0:Name", "alice"), ("Tokens:0:Role", "king"), ("Tokens:0:Sha256", Digest),
            ("Tokens:1:Name", "alice"), ("Tokens:1:Role", "viewer"), ("Tokens:1:Sha256", Digest[1..]),
            ("Tokens:2:Name", "a b"), ("Tokens:2:Role", "viewer"), ("Tokens:2:Sha256", Digest), ("Tokens:2:Colour", "red"));

        Assert.Contains("Mta:Admin:Tokens:0:Role: \"king\" is not viewer or operator", errors);
        Assert.Contains(errors, error => error.StartsWith("Mta:Admin:Tokens:1:Sha256: ", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Mta:Admin:Tokens:2:Name: ", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Mta:Admin:Tokens:2:Colour: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_tokens_of_one_name_are_an_error()
        => Assert.Contains("Mta:Admin:Tokens:1:Name: another token is alice's", ErrorsOf(
            ("Tokens:0:Name", "alice"), ("Tokens:0:Role", "viewer"), ("Tokens:0:Sha256", Digest),
            ("Tokens:1:Name", "alice"), ("Tokens:1:Role", "viewer"), ("Tokens:1:Sha256", Digest)));

    private static List<string> ErrorsOf(params (string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        var configuration = keys.Select(key => KeyValuePair.Create("Mta:Admin:" + key.Key, (string?)key.Value));
        SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(), errors);
        return errors;
    }

    private (string Certificate, string Key) WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=node.example.net", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var paths = (Certificate: Path.Combine(_directory.FullName, "node.pem"), Key: Path.Combine(_directory.FullName, "node.key"));
        File.WriteAllText(paths.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(paths.Key, key.ExportPkcs8PrivateKeyPem());
        return paths;
    }
}
