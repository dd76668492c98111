namespace MtaCluster.Protocol.Sasl;

/// <summary>XOAUTH2: <c>user=name 0x01 auth=Bearer token 0x01 0x01</c>.</summary>
internal sealed class XOAuth2Exchange : BearerExchange
{
    /// <inheritdoc/>
    public override string Mechanism => SaslMechanisms.XOAuth2;

    /// <inheritdoc/>
    protected override string TokenRefusal => """{"status":"401","schemes":"bearer"}""";

    /// <inheritdoc/>
    protected override SaslStep Read(ReadOnlySpan<byte> response) =>
        SaslText.TryDecode(response, out var text) && BearerTokens.ReadPairs(text) is { } pairs
        && pairs.TryGetValue("user", out var user) && SaslPrep.TryPrepare(user, out var name) && name.Length > 0
        && BearerTokens.TokenOf(pairs) is { } token
            ? Ask(name, token)
            : SaslText.Malformed("not the message of an XOAUTH2 client");
}
