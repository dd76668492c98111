namespace MtaCluster.Protocol.Sasl;

/// <summary>PLAIN (RFC 4616): <c>[authzid] NUL authcid NUL passwd</c>. Nobody may act for another: authzid is empty, or the same as authcid.</summary>
internal sealed class PlainExchange : ISaslExchange
{
    private bool _isAsked;

    /// <inheritdoc/>
    public string Mechanism => SaslMechanisms.Plain;

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial)
        => hasInitial ? Continue(initialResponse) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response)
    {
        if (_isAsked)
        {
            return SaslText.OutOfOrder();
        }

        var first = response.IndexOf((byte)0);
        var second = first < 0 ? -1 : response[(first + 1)..].IndexOf((byte)0);
        if (second < 0)
        {
            return SaslText.Malformed("not authzid, NUL, authcid, NUL, password");
        }

        var authorize = response[..first];
        var authenticate = response.Slice(first + 1, second);
        var password = response[(first + second + 2)..];
        if (!SaslText.TryPrepare(authenticate, out var name) || !SaslText.TryPrepare(password, out var prepared))
        {
            return SaslText.Malformed("the name or the password is empty, or holds what SASLprep forbids");
        }

        if (authorize.Length > 0 && (!SaslText.TryPrepare(authorize, out var other) || other != name))
        {
            return new SaslStep.Failure(SaslFault.Rejected, $"{name} wants to act for somebody else");
        }

        _isAsked = true;
        return new SaslStep.Ask(new SaslQuestion.CheckPassword(name, prepared));
    }

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer) => _isAsked && answer is SaslAnswer.Accepted accepted
        ? new SaslStep.Success(accepted.Identity, ReadOnlyMemory<byte>.Empty)
        : SaslText.FailureOf(answer);
}
