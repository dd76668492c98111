using System.Buffers.Text;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using MtaCluster.Node.Configuration;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>What authentication works with.</summary>
/// <param name="Users">Who there is.</param>
/// <param name="Passwords">Checks passwords.</param>
/// <param name="Tokens">Checks bearer tokens; null if none are taken.</param>
/// <param name="Guard">Stops guessing.</param>
internal sealed record AuthenticationServices(IUserDirectory Users, PasswordVerifier Passwords, TokenVerifier? Tokens, GuessingGuard Guard);

/// <summary>The connection that somebody wants to log in on.</summary>
/// <param name="Client">The client's address, behind whatever proxies there are.</param>
/// <param name="ConnectionId">Its id, for the log.</param>
/// <param name="IsTlsActive">Whether it is encrypted.</param>
/// <param name="Bindings">What ties an exchange to it; null or empty if that is not known.</param>
internal sealed record AuthenticationContext(IPAddress Client, string ConnectionId, bool IsTlsActive, ChannelBindings? Bindings)
{
    /// <summary>The bindings, if there are any.</summary>
    public ChannelBindings? UsableBindings => IsTlsActive && Bindings is { IsEmpty: false } ? Bindings : null;
}

/// <summary>Authentication of SMTP clients (RFC 4954): which mechanisms are offered, and one exchange after the other.</summary>
internal sealed class Authenticator(AuthSettings settings, AuthenticationServices services, ILogger log)
{
    private const int NonceOctets = 18;

    /// <summary>
    /// What EHLO says after AUTH, the strongest first; empty: AUTH is not offered. Nothing is, without TLS, unless the operator allows it.
    /// </summary>
    public ImmutableArray<string> Mechanisms(AuthenticationContext context) =>
        [.. SaslMechanisms.All.Where(mechanism => FaultOf(mechanism, context) is null)];

    /// <summary>Begins an exchange. It is stepped until it has succeeded or failed, or is dropped when the client cancels it.</summary>
    /// <param name="mechanism">As the client wrote it.</param>
    /// <param name="context">The connection.</param>
    public AuthenticationExchange Begin(string mechanism, AuthenticationContext context)
    {
        var name = mechanism.ToUpperInvariant();
        var fault = FaultOf(name, context);
        var offersPlus = FaultOf(SaslMechanisms.ScramSha256Plus, context) is null;
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceOctets));
        var sasl = fault is null ? SaslMechanisms.Create(name, new SaslParameters(nonce, context.UsableBindings, offersPlus)) : null;
        return new AuthenticationExchange(sasl, fault ?? AuthenticationFault.UnknownMechanism, context, services, log);
    }

    private AuthenticationFault? FaultOf(string mechanism, AuthenticationContext context)
    {
        var isThere = settings.Mechanisms.Contains(mechanism) && mechanism switch
        {
            SaslMechanisms.ScramSha256Plus => context.UsableBindings is not null || !context.IsTlsActive,
            SaslMechanisms.OAuthBearer or SaslMechanisms.XOAuth2 => services.Tokens is not null,
            _ => true,
        };
        if (!isThere)
        {
            return AuthenticationFault.UnknownMechanism;
        }

        var needsTls = !settings.AllowWithoutTls || mechanism == SaslMechanisms.ScramSha256Plus;
        return needsTls && !context.IsTlsActive ? AuthenticationFault.TlsNeeded : null;
    }
}
