namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// What OAUTHBEARER and XOAUTH2 have in common: one message with a token. One that is not good is told in a challenge with JSON, and whatever the client
/// answers to it, the exchange fails (RFC 7628 §3.2.3).
/// </summary>
internal abstract class BearerExchange : ISaslExchange
{
    private bool _isAsked;
    private SaslStep.Failure? _failure;

    /// <inheritdoc/>
    public abstract string Mechanism { get; }

    /// <summary>The JSON that tells of a token that is not good.</summary>
    protected abstract string TokenRefusal { get; }

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial)
        => hasInitial ? Continue(initialResponse) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response) => _failure ?? (_isAsked ? SaslText.OutOfOrder() : Read(response));

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer) => answer switch
    {
        SaslAnswer.Accepted accepted when _isAsked => new SaslStep.Success(accepted.Identity, ReadOnlyMemory<byte>.Empty),
        SaslAnswer.Rejected => Refuse(TokenRefusal, SaslText.FailureOf(answer)),
        _ => SaslText.FailureOf(answer),
    };

    /// <summary>Reads the message of the client.</summary>
    protected abstract SaslStep Read(ReadOnlySpan<byte> response);

    /// <summary>Has the token checked; the identity is null if the client named none.</summary>
    protected SaslStep.Ask Ask(string? identity, string token)
    {
        _isAsked = true;
        return new SaslStep.Ask(new SaslQuestion.CheckToken(identity, token));
    }

    /// <summary>Tells the client why it will fail.</summary>
    protected SaslStep.Challenge Refuse(string json, SaslStep.Failure failure)
    {
        _failure = failure;
        return SaslText.Challenge(json);
    }
}
