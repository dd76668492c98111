namespace MtaCluster.Protocol.Sasl;

/// <summary>LOGIN: the name and the password, each asked for. The name may come at once.</summary>
internal sealed class LoginExchange : ISaslExchange
{
    private string? _name;
    private bool _isAsked;

    /// <inheritdoc/>
    public string Mechanism => SaslMechanisms.Login;

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial) => hasInitial ? Continue(initialResponse) : SaslText.Challenge("Username:");

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response)
    {
        if (_isAsked)
        {
            return SaslText.OutOfOrder();
        }

        if (!SaslText.TryPrepare(response, out var prepared))
        {
            return SaslText.Malformed($"the {(_name is null ? "name" : "password")} is empty, or holds what SASLprep forbids");
        }

        if (_name is null)
        {
            _name = prepared;
            return SaslText.Challenge("Password:");
        }

        _isAsked = true;
        return new SaslStep.Ask(new SaslQuestion.CheckPassword(_name, prepared));
    }

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer) => _isAsked && answer is SaslAnswer.Accepted accepted
        ? new SaslStep.Success(accepted.Identity, ReadOnlyMemory<byte>.Empty)
        : SaslText.FailureOf(answer);
}
