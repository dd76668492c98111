using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Tests.Auth;

/// <summary>Issues tokens, and publishes its keys.</summary>
internal sealed class TokenIssuer : IDisposable
{
    public const string Issuer = "https://id.example.net";
    public const string Audience = "smtp.example.net";
    private readonly RSA _key = RSA.Create(2048);
    private readonly string _id = Guid.NewGuid().ToString("N");

    public static JwtSettings Settings(string keysFile) => new(Issuer, Audience, keysFile, JwtSettings.EmailClaim, ["RS256"]);

    /// <summary>A key set with the public key.</summary>
    public string Keys()
    {
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        var key = new { kty = "RSA", kid = _id, use = "sig", n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
        return JsonSerializer.Serialize(new { keys = new[] { key } });
    }

    public string Issue(
        DateTimeOffset now,
        string? email = "alice@example.net",
        string issuer = Issuer,
        string audience = Audience,
        string algorithm = "RS256",
        TimeSpan? validFor = null,
        Dictionary<string, object>? claims = null)
    {
        var all = new Dictionary<string, object>(claims ?? []);
        if (email is not null)
        {
            all["email"] = email;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now.UtcDateTime,
            Expires = (now + (validFor ?? TimeSpan.FromMinutes(5))).UtcDateTime,
            Claims = all,
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(_key) { KeyId = _id }, algorithm),
        });
    }

    /// <summary>The public key, taken for a shared secret: the oldest trick against JWT.</summary>
    public string IssueByPublicKey(DateTimeOffset now) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        Expires = now.AddMinutes(5).UtcDateTime,
        NotBefore = now.UtcDateTime,
        IssuedAt = now.UtcDateTime,
        Claims = new Dictionary<string, object> { ["email"] = "alice@example.net" },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()) { KeyId = _id }, "HS256"),
    });

    public void Dispose() => _key.Dispose();
}
