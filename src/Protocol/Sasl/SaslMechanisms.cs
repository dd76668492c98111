using System.Collections.Immutable;

namespace MtaCluster.Protocol.Sasl;

/// <summary>What a mechanism needs to know of the connection it runs on.</summary>
/// <param name="Nonce">The server's nonce: printable ASCII without commas, unpredictable, never used before (RFC 5802 §5.1).</param>
/// <param name="Bindings">The channel bindings of the connection; null without TLS.</param>
/// <param name="OffersChannelBinding">Whether SCRAM-SHA-256-PLUS was among the mechanisms that the client was told of.</param>
public sealed record SaslParameters(string Nonce, ChannelBindings? Bindings, bool OffersChannelBinding);

/// <summary>The mechanisms that there are.</summary>
public static class SaslMechanisms
{
    /// <summary>RFC 4616.</summary>
    public const string Plain = "PLAIN";

    /// <summary>draft-murchison-sasl-login; obsolete, and all that some clients have.</summary>
    public const string Login = "LOGIN";

    /// <summary>RFC 7677.</summary>
    public const string ScramSha256 = "SCRAM-SHA-256";

    /// <summary>RFC 7677, bound to the TLS connection.</summary>
    public const string ScramSha256Plus = "SCRAM-SHA-256-PLUS";

    /// <summary>RFC 7628.</summary>
    public const string OAuthBearer = "OAUTHBEARER";

    /// <summary>The form of bearer tokens before RFC 7628.</summary>
    public const string XOAuth2 = "XOAUTH2";

    /// <summary>
    /// The most octets of a response, decoded: what a base64 line of 12,288 octets (RFC 4954 §4) can hold at most. Anything longer is a failure.
    /// </summary>
    public const int MaximumResponse = 9216;

    /// <summary>All of them, the strongest first: in this order they are offered.</summary>
    public static ImmutableArray<string> All { get; } = [ScramSha256Plus, ScramSha256, OAuthBearer, XOAuth2, Plain, Login];

    /// <summary>A new exchange; null for a mechanism that there is not. Names compare without case.</summary>
    public static ISaslExchange? Create(string mechanism, SaslParameters parameters) => mechanism.ToUpperInvariant() switch
    {
        Plain => new PlainExchange(),
        Login => new LoginExchange(),
        ScramSha256 => new ScramExchange(isPlus: false, parameters),
        ScramSha256Plus when parameters.Bindings is not null => new ScramExchange(isPlus: true, parameters),
        OAuthBearer => new OAuthBearerExchange(),
        XOAuth2 => new XOAuth2Exchange(),
        _ => null,
    };
}
