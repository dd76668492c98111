namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// The server's side of one SASL exchange (RFC 4422 §3): octets in, steps out, no I/O and no clock. What only the outside can answer comes as a
/// <see cref="SaslStep.Ask"/>, and the exchange goes on with <see cref="Resume"/>. Nothing that a client sends makes it throw; after a
/// <see cref="SaslStep.Success"/> or <see cref="SaslStep.Failure"/> it is over.
/// </summary>
public interface ISaslExchange
{
    /// <summary>The mechanism's name, in upper case.</summary>
    string Mechanism { get; }

    /// <summary>Begins.</summary>
    /// <param name="initialResponse">What came with the AUTH command, decoded.</param>
    /// <param name="hasInitial">Whether anything came; an empty initial response is one.</param>
    SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial);

    /// <summary>Goes on with the client's response to the last challenge, decoded.</summary>
    SaslStep Continue(ReadOnlySpan<byte> response);

    /// <summary>Goes on with the answer to what was asked.</summary>
    SaslStep Resume(SaslAnswer answer);
}

/// <summary>What an exchange wants next.</summary>
public abstract record SaslStep
{
    private SaslStep()
    {
    }

    /// <summary>Send this to the client, and continue with its response.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Data) : SaslStep;

    /// <summary>Find this out, and resume with the answer.</summary>
    public sealed record Ask(SaslQuestion Question) : SaslStep;

    /// <summary>The client is who it says.</summary>
    /// <param name="Identity">Who, as the answer named them.</param>
    /// <param name="Data">What is left to tell the client; where a protocol has no place for it beside success (RFC 4954 §4), it is a last challenge.</param>
    public sealed record Success(string Identity, ReadOnlyMemory<byte> Data) : SaslStep;

    /// <summary>It is not, or did not say it well.</summary>
    /// <param name="Fault">Of what kind.</param>
    /// <param name="Reason">Why, for the log alone: the client is told as little as possible.</param>
    public sealed record Failure(SaslFault Fault, string Reason) : SaslStep;
}

/// <summary>Why an exchange failed.</summary>
public enum SaslFault
{
    /// <summary>What the client sent is not of the mechanism's form.</summary>
    Malformed,

    /// <summary>The credentials are not good.</summary>
    Rejected,

    /// <summary>It could not be found out.</summary>
    Unavailable,
}

/// <summary>What only the outside can answer. Names and passwords are prepared by <see cref="SaslPrep"/>.</summary>
public abstract record SaslQuestion
{
    private SaslQuestion()
    {
    }

    /// <summary>Whether this is the user's password. Answered by <see cref="SaslAnswer.Accepted"/> or a refusal.</summary>
    public sealed record CheckPassword(string Name, string Password) : SaslQuestion
    {
        /// <summary>Without the password: it may come to a log.</summary>
        public override string ToString() => $"CheckPassword {Name}";
    }

    /// <summary>What proves the user's password. Answered by <see cref="SaslAnswer.Keys"/>, for a user that there is not, too.</summary>
    public sealed record FindScramKeys(string Name) : SaslQuestion;

    /// <summary>Whether this bearer token is good, and whose it is. Answered by <see cref="SaslAnswer.Accepted"/> or a refusal.</summary>
    /// <param name="Name">Who the client says it is; null if it does not say.</param>
    /// <param name="Token">The token, not empty.</param>
    public sealed record CheckToken(string? Name, string Token) : SaslQuestion
    {
        /// <summary>Without the token: it may come to a log.</summary>
        public override string ToString() => $"CheckToken {Name}";
    }
}

/// <summary>An answer.</summary>
public abstract record SaslAnswer
{
    private SaslAnswer()
    {
    }

    /// <summary>It is good, and this is who.</summary>
    public sealed record Accepted(string Identity) : SaslAnswer;

    /// <summary>The keys to compare with, and who has proved it if they fit.</summary>
    public sealed record Keys(ScramKeys Scram, string Identity) : SaslAnswer;

    /// <summary>It is not good.</summary>
    public sealed record Rejected(string Reason) : SaslAnswer;

    /// <summary>Nobody knows now.</summary>
    public sealed record Unavailable(string Reason) : SaslAnswer;
}
