namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// OAUTHBEARER (RFC 7628): a GS2 header, and the token as it would be in HTTP. A token that is not good is told in a challenge with JSON, which the
/// client answers with 0x01, and then the exchange fails (§3.2.3).
/// </summary>
internal sealed class OAuthBearerExchange : ISaslExchange
{
    private bool _isAsked;
    private SaslStep.Failure? _failure;

    /// <inheritdoc/>
    public string Mechanism => SaslMechanisms.OAuthBearer;

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial)
        => hasInitial ? Continue(initialResponse) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response)
    {
        if (_failure is not null)
        {
            // Whatever it says: it has failed already.
            return _failure;
        }

        if (_isAsked)
        {
            return SaslText.OutOfOrder();
        }

        if (!SaslText.TryDecode(response, out var text)
            || !Gs2Header.TryParse(text, out var header, out var rest) || header.Flag == 'p'
            || !rest.StartsWith('\x01') || BearerTokens.ReadPairs(rest[1..]) is not { } pairs)
        {
            return SaslText.Malformed("not the message of an OAUTHBEARER client");
        }

        if (BearerTokens.TokenOf(pairs) is not { } token)
        {
            return Refuse("invalid_request", new SaslStep.Failure(SaslFault.Rejected, "there is no bearer token"));
        }

        _isAsked = true;
        return new SaslStep.Ask(new SaslQuestion.CheckToken(header.AuthorizationIdentity, token));
    }

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer) => answer switch
    {
        SaslAnswer.Accepted accepted when _isAsked => new SaslStep.Success(accepted.Identity, ReadOnlyMemory<byte>.Empty),
        SaslAnswer.Rejected => Refuse("invalid_token", SaslText.FailureOf(answer)),
        _ => SaslText.FailureOf(answer),
    };

    private SaslStep.Challenge Refuse(string status, SaslStep.Failure failure)
    {
        _failure = failure;
        return SaslText.Challenge($$"""{"status":"{{status}}"}""");
    }
}
