namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// XOAUTH2: <c>user=name 0x01 auth=Bearer token 0x01 0x01</c>. A token that is not good is told in a challenge with JSON, which the client answers with nothing.
/// </summary>
internal sealed class XOAuth2Exchange : ISaslExchange
{
    private bool _isAsked;
    private SaslStep.Failure? _failure;

    /// <inheritdoc/>
    public string Mechanism => SaslMechanisms.XOAuth2;

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial)
        => hasInitial ? Continue(initialResponse) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response)
    {
        if (_failure is not null)
        {
            return _failure;
        }

        if (_isAsked)
        {
            return SaslText.OutOfOrder();
        }

        if (!SaslText.TryDecode(response, out var text) || BearerTokens.ReadPairs(text) is not { } pairs
            || !pairs.TryGetValue("user", out var user) || !SaslPrep.TryPrepare(user, out var name) || name.Length == 0
            || BearerTokens.TokenOf(pairs) is not { } token)
        {
            return SaslText.Malformed("not the message of an XOAUTH2 client");
        }

        _isAsked = true;
        return new SaslStep.Ask(new SaslQuestion.CheckToken(name, token));
    }

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer)
    {
        if (_isAsked && answer is SaslAnswer.Accepted accepted)
        {
            return new SaslStep.Success(accepted.Identity, ReadOnlyMemory<byte>.Empty);
        }

        var failure = SaslText.FailureOf(answer);
        if (failure.Fault != SaslFault.Rejected)
        {
            return failure;
        }

        _failure = failure;
        return SaslText.Challenge("""{"status":"401","schemes":"bearer"}""");
    }
}
