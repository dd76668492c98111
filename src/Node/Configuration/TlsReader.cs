using System.Collections.Immutable;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Tls</c>. Whether its files can be used is for the machine to say: see <see cref="MachineChecks"/>.</summary>
internal static class TlsReader
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";
    private const string None = "None";
    private const string Request = "Request";

    /// <summary>Reads it.</summary>
    public static TlsSettings Read(SectionReader tls)
    {
        var settings = new TlsSettings(Certificates(tls))
        {
            OnlyTls13 = tls.Value("MinimumVersion", OneOf(Tls12, Tls13), $"{Tls12} or {Tls13}", Tls12) == Tls13,
            RequestsClientCertificates = tls.Value("ClientCertificates", OneOf(None, Request), $"{None} or {Request}", None) == Request,
            HandshakeTimeout = tls.Duration("HandshakeTimeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)) ?? TlsSettings.None.HandshakeTimeout,
        };
        tls.RejectUnknownKeys();
        return settings;
    }

    private static ImmutableArray<CertificateFiles> Certificates(SectionReader tls)
    {
        var certificates = ImmutableArray.CreateBuilder<CertificateFiles>();
        foreach (var section in tls.Sections("Certificates"))
        {
            var certificate = section.Required<string>("CertificateFile", FullPath, "a file in PEM form");
            var key = section.Required<string>("KeyFile", FullPath, "a file in PEM form");
            section.RejectUnknownKeys();
            if (certificate is not null && key is not null)
            {
                certificates.Add(new CertificateFiles(certificate, key));
            }
        }

        return certificates.ToImmutable();
    }

    private static bool FullPath(string text, out string value)
    {
        value = Path.GetFullPath(text);
        return true;
    }

    private static TextParser<string> OneOf(params string[] words) => (string text, out string value) =>
    {
        value = Array.Find(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? "";
        return value.Length > 0;
    };
}
