using System.Collections.Immutable;

namespace MtaCluster.Node.Configuration;

/// <summary>How SMTP clients log in.</summary>
/// <param name="UsersFile">The file of the users; null for the database of a cluster, or a file in the data directory without one.</param>
/// <param name="Mechanisms">The SASL mechanisms that are offered, in upper case.</param>
/// <param name="AllowWithoutTls">Passwords may cross the network in clear.</param>
/// <param name="Jwt">Which bearer tokens are taken; null for none.</param>
/// <param name="LockOut">When guessing ends.</param>
public sealed record AuthSettings(string? UsersFile, ImmutableArray<string> Mechanisms, bool AllowWithoutTls, JwtSettings? Jwt, LockOutSettings LockOut);

/// <summary>Which JSON Web Tokens are taken.</summary>
/// <param name="Issuer">Who must have issued them: the claim <c>iss</c>.</param>
/// <param name="Audience">For whom they must be: the claim <c>aud</c>.</param>
/// <param name="KeysFile">A JSON Web Key Set with the issuer's public keys.</param>
/// <param name="UserClaim">The claim that is the user's name.</param>
/// <param name="Algorithms">The algorithms of signatures, asymmetric ones alone.</param>
public sealed record JwtSettings(string Issuer, string Audience, string KeysFile, string UserClaim, ImmutableArray<string> Algorithms)
{
    /// <summary>The claim that is the user's name if no other is configured.</summary>
    public const string EmailClaim = "email";
}

/// <summary>When guessing ends.</summary>
/// <param name="Failures">Failures of a name within the window after which it is locked out.</param>
/// <param name="Window">How long failures count.</param>
/// <param name="Duration">How long it is locked out.</param>
public sealed record LockOutSettings(int Failures, TimeSpan Window, TimeSpan Duration);
