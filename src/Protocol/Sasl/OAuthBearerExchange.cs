namespace MtaCluster.Protocol.Sasl;

/// <summary>OAUTHBEARER (RFC 7628): a GS2 header, and the token as it would be in HTTP.</summary>
internal sealed class OAuthBearerExchange : BearerExchange
{
    /// <inheritdoc/>
    public override string Mechanism => SaslMechanisms.OAuthBearer;

    /// <inheritdoc/>
    protected override string TokenRefusal => """{"status":"invalid_token"}""";

    /// <inheritdoc/>
    protected override SaslStep Read(ReadOnlySpan<byte> response)
    {
        if (!SaslText.TryDecode(response, out var text)
            || !Gs2Header.TryParse(text, out var header, out var rest) || header.Flag == 'p'
            || !rest.StartsWith('\x01') || BearerTokens.ReadPairs(rest[1..]) is not { } pairs)
        {
            return SaslText.Malformed("not the message of an OAUTHBEARER client");
        }

        return BearerTokens.TokenOf(pairs) is { } token
            ? Ask(header.AuthorizationIdentity, token)
            : Refuse("""{"status":"invalid_request"}""", new SaslStep.Failure(SaslFault.Rejected, "there is no bearer token"));
    }
}
