using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Auth;

/// <summary>What a bearer token says.</summary>
/// <param name="Name">The canonical name of the user; null if the token is not good.</param>
/// <param name="Reason">Why it is not, for the log.</param>
/// <param name="IsUnavailable">It could not be told: there are no keys.</param>
internal sealed record TokenVerdict(string? Name, string Reason = "", bool IsUnavailable = false);

/// <summary>
/// Checks JSON Web Tokens (RFC 7519): the signature by a public key of the configured set, with an algorithm that is configured; issuer, audience, times. The file of
/// keys is read again when it changes; one that is bad leaves the keys as they were.
/// </summary>
internal sealed class TokenVerifier(JwtSettings settings, TimeProvider time, ILogger log)
{
    /// <summary>By how much clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private const int MaximumLength = 9216;
    private const string VerifiedClaim = "email_verified";

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaximumLength };
    private readonly WatchedFile<SecurityKey[]> _keys = new(
        settings.KeysFile, TokenKeys.Read, (path, keys) => AuthLog.TokenKeysLoaded(log, path, keys.Length), (path, reason) => AuthLog.TokenKeysBad(log, path, reason));

    /// <summary>Checks a token.</summary>
    public async ValueTask<TokenVerdict> VerifyAsync(string token)
    {
        if (_keys.Read() is not { } keys)
        {
            return new TokenVerdict(null, "there are no keys to check tokens with", IsUnavailable: true);
        }

        var result = await _handler.ValidateTokenAsync(token, ParametersOf(keys)).ConfigureAwait(false);
        if (!result.IsValid)
        {
            // The name of the exception says which check failed; its message could quote the token.
            return new TokenVerdict(null, $"the token is not good: {result.Exception?.GetType().Name}");
        }

        if (!result.Claims.TryGetValue(settings.UserClaim, out var claim) || claim is not string text || !UserName.TryCanonicalise(text, out var name))
        {
            return new TokenVerdict(null, $"the token has no claim {settings.UserClaim} that is a name");
        }

        var isUnverified = settings.UserClaim == JwtSettings.EmailClaim && result.Claims.TryGetValue(VerifiedClaim, out var verified) && verified is false or "false";
        return isUnverified ? new TokenVerdict(null, $"the address of {name} is not verified by the issuer") : new TokenVerdict(name);
    }

    private TokenValidationParameters ParametersOf(SecurityKey[] keys) => new()
    {
        ValidIssuer = settings.Issuer,
        ValidAudience = settings.Audience,
        ValidAlgorithms = settings.Algorithms,
        IssuerSigningKeys = keys,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ValidateLifetime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsWithin(notBefore, expires),
    };

    private bool IsWithin(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + Skew && (notBefore is not { } start || now >= start - Skew);
    }
}
