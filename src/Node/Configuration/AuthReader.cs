using System.Collections.Immutable;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Auth</c>.</summary>
internal static class AuthReader
{
    private static readonly ImmutableArray<string> s_bearer = [SaslMechanisms.OAuthBearer, SaslMechanisms.XOAuth2];

    // With a shared secret (HS…) whoever can check a token could make one; none is no signature.
    private static readonly ImmutableArray<string> s_algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    /// <summary>Reads it.</summary>
    public static AuthSettings Read(SectionReader auth)
    {
        var jwt = auth.Section("Jwt");
        var settings = new AuthSettings(
            auth.Text("UsersFile") is { } path ? Path.GetFullPath(path) : null,
            Mechanisms(auth, hasTokens: !jwt.IsEmpty),
            auth.Flag("AllowWithoutTls", false),
            jwt.IsEmpty ? null : Jwt(jwt),
            LockOut(auth.Section("LockOut")));
        auth.RejectUnknownKeys();
        return settings;
    }

    private static ImmutableArray<string> Mechanisms(SectionReader auth, bool hasTokens)
    {
        var mechanisms = auth.Values("Mechanisms", Mechanism, $"one of {string.Join(", ", SaslMechanisms.All)}", SaslMechanisms.All);
        if (mechanisms.Distinct().Count() != mechanisms.Length)
        {
            auth.Error("Mechanisms", "a mechanism is named twice");
        }

        if (auth.Has("Mechanisms") && !hasTokens && mechanisms.FirstOrDefault(s_bearer.Contains) is { } bearer)
        {
            auth.Error("Mechanisms", $"{bearer} takes Jwt, which tells which tokens are good");
        }

        return mechanisms;
    }

    private static bool Mechanism(string text, out string value) => SaslMechanisms.All.Contains(value = text.ToUpperInvariant());

    private static JwtSettings? Jwt(SectionReader jwt)
    {
        var issuer = jwt.Required<string>("Issuer", Any, "the issuer of the tokens, as in their claim iss");
        var audience = jwt.Required<string>("Audience", Any, "whom the tokens are for, as in their claim aud");
        var keys = jwt.Required<string>("KeysFile", Any, "a file, a JSON Web Key Set");
        var claim = jwt.Text("UserClaim") ?? JwtSettings.EmailClaim;
        var algorithms = jwt.Values("Algorithms", Algorithm, $"one of {string.Join(", ", s_algorithms)}", ["RS256", "ES256"]);
        if (algorithms.IsEmpty)
        {
            jwt.Error("Algorithms", "without one no token would be good");
        }

        jwt.RejectUnknownKeys();
        return issuer is null || audience is null || keys is null ? null : new JwtSettings(issuer, audience, Path.GetFullPath(keys), claim, algorithms);
    }

    private static bool Any(string text, out string value) => (value = text).Length > 0;

    private static bool Algorithm(string text, out string value) => s_algorithms.Contains(value = text);

    private static LockOutSettings LockOut(SectionReader section)
    {
        var settings = new LockOutSettings(
            section.Number("Failures", 3, 10_000) ?? 10,
            section.Duration("Window", s_second, s_week) ?? TimeSpan.FromMinutes(10),
            section.Duration("Duration", s_second, s_week) ?? TimeSpan.FromMinutes(15));
        section.RejectUnknownKeys();
        return settings;
    }
}
