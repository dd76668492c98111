using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaCluster.Node.Configuration;

/// <summary>The admin endpoint.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Tokens">Who may ask, beside those who can read the token in the data directory.</param>
/// <param name="Tls">The certificate; null for plain HTTP, which is for loopback addresses alone.</param>
public sealed record AdminSettings(IPEndPoint Address, ImmutableArray<AdminTokenSettings> Tokens, AdminTlsSettings? Tls);

/// <summary>What someone may do at the admin endpoint.</summary>
public enum AdminRole
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Look, and change.</summary>
    Operator,
}

/// <summary>Someone who may use the admin endpoint.</summary>
/// <param name="Name">Who, for the audit log.</param>
/// <param name="Role">What for.</param>
/// <param name="Sha256">The SHA-256 digest of the token.</param>
public sealed record AdminTokenSettings(string Name, AdminRole Role, ImmutableArray<byte> Sha256);

/// <summary>The certificate of the admin endpoint.</summary>
/// <param name="Certificate">A PEM file with the certificate, and what chain it has.</param>
/// <param name="Key">A PEM file with its private key.</param>
public sealed record AdminTlsSettings(string Certificate, string Key);

/// <summary>Reads the section <c>Admin</c>.</summary>
internal static class AdminSettingsReader
{
    private const int DigestLength = 32;

    public static AdminSettings Read(SectionReader admin)
    {
        var settings = new AdminSettings(
            admin.Value("Address", Parsers.EndPoint, Parsers.EndPointForm, new IPEndPoint(IPAddress.Loopback, 9110)),
            Tokens(admin),
            admin.Has("Tls") ? Tls(admin.Section("Tls")) : null);
        admin.RejectUnknownKeys();
        if (!IPAddress.IsLoopback(settings.Address.Address) && !admin.Has("Tls"))
        {
            admin.Error("Tls", $"must be given, for {settings.Address} is not a loopback address and tokens would cross the network in clear");
        }

        return settings;
    }

    private static ImmutableArray<AdminTokenSettings> Tokens(SectionReader admin)
    {
        var tokens = ImmutableArray.CreateBuilder<AdminTokenSettings>();
        foreach (var section in admin.Sections("Tokens"))
        {
            var name = section.Required<string>("Name", Name, "a name of letters, digits and .-_@");
            var role = section.Required<string>("Role", Role, "viewer or operator");
            var digest = section.Required<byte[]>("Sha256", Digest, "the SHA-256 digest of a token, 64 hexadecimal digits");
            section.RejectUnknownKeys();
            if (tokens.Any(other => other.Name == name))
            {
                section.Error("Name", $"another token is {name}'s");
            }

            if (name is not null && role is not null && digest is not null)
            {
                tokens.Add(new AdminTokenSettings(name, Enum.Parse<AdminRole>(role, ignoreCase: true), [.. digest]));
            }
        }

        return tokens.ToImmutable();
    }

    // It stands in log lines as it is.
    private static bool Name(string text, out string value) => (value = text).All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@');

    private static bool Role(string text, out string value)
    {
        value = text;
        return text.Equals(nameof(AdminRole.Viewer), StringComparison.OrdinalIgnoreCase) || text.Equals(nameof(AdminRole.Operator), StringComparison.OrdinalIgnoreCase);
    }

    private static bool Digest(string text, out byte[] value)
    {
        value = [];
        if (text.Length != 2 * DigestLength || !text.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        value = Convert.FromHexString(text);
        return true;
    }

    private static AdminTlsSettings? Tls(SectionReader tls)
    {
        var certificate = tls.Required<string>("Certificate", File, "a PEM file");
        var key = tls.Required<string>("Key", File, "a PEM file");
        tls.RejectUnknownKeys();
        if (certificate is null || key is null)
        {
            return null;
        }

        try
        {
            using var loaded = X509Certificate2.CreateFromPemFile(certificate, key);
            return new AdminTlsSettings(certificate, key);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            tls.Error(null, $"{certificate} and {key} are no certificate and its key: {failure.Message}");
            return null;
        }
    }

    private static bool File(string text, out string value) => System.IO.File.Exists(value = Path.GetFullPath(text));
}
