using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>Someone who has shown a good token.</summary>
/// <param name="Name">Who.</param>
/// <param name="Role">What they may do.</param>
/// <param name="From">Their address and port.</param>
internal sealed record Caller(string Name, AdminRole Role, string From);

/// <summary>
/// Who may use the admin endpoint: the holders of the configured tokens, and whoever can read the token that lies in the data directory. Only
/// digests are kept, and a token is compared with all of them in constant time.
/// </summary>
internal sealed class AdminTokens
{
    private const string LocalName = "local";
    private const string Scheme = "Bearer ";
    private const int TokenOctets = 32;
    private const int MaximumLength = 512;
    private readonly ImmutableArray<AdminTokenSettings> _tokens;

    private AdminTokens(ImmutableArray<AdminTokenSettings> tokens)
    {
        _tokens = tokens;
    }

    /// <summary>Reads the token of the data directory, or makes one.</summary>
    public static AdminTokens Open(NodeSettings settings, ILogger log)
    {
        var path = Path.Combine(settings.DataDirectory, AdminProtocol.TokenFile);
        var token = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        if (token.Length == 0)
        {
            token = Create(path);
            AdminLog.TokenCreated(log, path);
        }
        else if (PrivateFile.IsExposed(path))
        {
            AdminLog.TokenExposed(log, path);
        }

        return new AdminTokens(settings.Admin.Tokens.Add(new AdminTokenSettings(LocalName, AdminRole.Operator, [.. DigestOf(token)])));
    }

    /// <summary>Who shows this Authorization header; null for nobody we know.</summary>
    public (string Name, AdminRole Role)? Find(string? authorization)
    {
        if (authorization is null or { Length: > MaximumLength } || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var digest = DigestOf(authorization[Scheme.Length..].Trim());
        AdminTokenSettings? found = null;
        foreach (var token in _tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(digest, token.Sha256.AsSpan()))
            {
                found = token;
            }
        }

        return found is null ? null : (found.Name, found.Role);
    }

    private static byte[] DigestOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // Under its name it is there as a whole, or not at all.
    private static string Create(string path)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenOctets));
        PrivateFile.Replace(path, Encoding.ASCII.GetBytes(token + "\n"));
        return token;
    }
}
