using System.Collections.Immutable;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>
/// One AUTH exchange of a session: carries octets between the client and the mechanism, finds out what the mechanism asks, keeps guessing slow, and
/// tells the log. For one caller at a time.
/// </summary>
internal sealed class AuthenticationExchange(
    ISaslExchange? sasl, AuthenticationFault unusable, AuthenticationContext context, AuthenticationServices services, ILogger log)
{
    private const string NoSuchUser = "there is no such user, or they may not log in";

    private string? _name;
    private UserRecord? _user;
    private AuthenticatedUser? _succeeded;
    private bool _isLockedOut;
    private bool _isOver;

    private string Mechanism => sasl!.Mechanism;

    /// <summary>Begins.</summary>
    /// <param name="initialResponse">The initial response of the AUTH command, decoded; null if there was none.</param>
    /// <param name="cancellationToken">Cancelled when the session ends.</param>
    public async ValueTask<AuthenticationStep> StartAsync(ReadOnlyMemory<byte>? initialResponse, CancellationToken cancellationToken)
    {
        if (sasl is null)
        {
            return new AuthenticationStep.Failed(unusable, TimeSpan.Zero);
        }

        var initial = initialResponse.GetValueOrDefault();
        return await GoOnAsync(sasl.Start(initial.Span, initialResponse.HasValue), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes on with the client's response to a challenge, decoded.</summary>
    public async ValueTask<AuthenticationStep> StepAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        if (sasl is null || _isOver)
        {
            return Failed(SaslFault.Malformed, "the exchange is over");
        }

        if (_succeeded is null)
        {
            return await GoOnAsync(sasl.Continue(response.Span), cancellationToken).ConfigureAwait(false);
        }

        // The last challenge only told the client something, for SMTP has no place for it beside 235 (RFC 4954 §4).
        return response.IsEmpty ? Succeeded(_succeeded) : Failed(SaslFault.Malformed, "a response that should have been empty");
    }

    private async ValueTask<AuthenticationStep> GoOnAsync(SaslStep step, CancellationToken cancellationToken)
    {
        while (step is SaslStep.Ask ask)
        {
            var answer = await AnswerAsync(ask.Question, cancellationToken).ConfigureAwait(false);
            if (_isLockedOut)
            {
                return LockedOut();
            }

            step = sasl!.Resume(answer);
        }

        return step switch
        {
            SaslStep.Challenge challenge => new AuthenticationStep.Challenge(challenge.Data),
            SaslStep.Success success => Proved(success),
            SaslStep.Failure failure => Failed(failure.Fault, failure.Reason),
            _ => throw new InvalidOperationException($"{step.GetType().Name} is no step that is known"),
        };
    }

    private AuthenticationStep Proved(SaslStep.Success success)
    {
        var user = new AuthenticatedUser(success.Identity, Mechanism, _user?.Identities ?? OwnIdentity(success.Identity), _user?.Rate);
        if (success.Data.IsEmpty)
        {
            return Succeeded(user);
        }

        _succeeded = user;
        return new AuthenticationStep.Challenge(success.Data);
    }

    // A user by a token whom the directory does not know sends as themselves.
    private static ImmutableArray<SenderIdentity> OwnIdentity(string name)
        => name.Contains('@', StringComparison.Ordinal) && SenderIdentity.TryParse(name, out var own) ? [own] : [];

    private async ValueTask<SaslAnswer> AnswerAsync(SaslQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            return question switch
            {
                SaslQuestion.CheckPassword check => await CheckPasswordAsync(check, cancellationToken).ConfigureAwait(false),
                SaslQuestion.FindScramKeys find => await FindScramKeysAsync(find, cancellationToken).ConfigureAwait(false),
                SaslQuestion.CheckToken check => await CheckTokenAsync(check, cancellationToken).ConfigureAwait(false),
                _ => throw new InvalidOperationException($"{question.GetType().Name} is no question that is known"),
            };
        }
        catch (UserDirectoryException away)
        {
            return new SaslAnswer.Unavailable(away.Message);
        }
    }

    private async ValueTask<SaslAnswer> CheckPasswordAsync(SaslQuestion.CheckPassword check, CancellationToken cancellationToken)
    {
        _user = await FindAsync(check.Name, cancellationToken).ConfigureAwait(false);
        if (_isLockedOut)
        {
            return new SaslAnswer.Rejected("");
        }

        return await services.Passwords.VerifyAsync(_user, check.Password, cancellationToken).ConfigureAwait(false) switch
        {
            PasswordVerdict.Good => new SaslAnswer.Accepted(_user!.Name),
            PasswordVerdict.Busy => new SaslAnswer.Unavailable("too many wait for their passwords to be checked"),
            _ => new SaslAnswer.Rejected(_user is { IsEnabled: true } ? "the password is wrong" : NoSuchUser),
        };
    }

    private async ValueTask<SaslAnswer> FindScramKeysAsync(SaslQuestion.FindScramKeys find, CancellationToken cancellationToken)
    {
        _user = await FindAsync(find.Name, cancellationToken).ConfigureAwait(false);

        // Always asked for: the answer takes as long for a user that there is.
        var secret = await services.Users.GetSecretAsync(cancellationToken).ConfigureAwait(false);
        var invented = ScramKeys.Invent(secret.Span, _name ?? find.Name, UserAccounts.ScramIterations);
        return _user is { IsEnabled: true, Scram: { } keys } ? new SaslAnswer.Keys(keys, _user.Name) : new SaslAnswer.Keys(invented, find.Name);
    }

    private async ValueTask<SaslAnswer> CheckTokenAsync(SaslQuestion.CheckToken check, CancellationToken cancellationToken)
    {
        // Only then is it known whose attempt it is; a signature is checked in no time, and cannot be guessed.
        var verdict = await services.Tokens!.VerifyAsync(check.Token).ConfigureAwait(false);
        if (verdict.Name is not { } name)
        {
            _isLockedOut = !verdict.IsUnavailable && !services.Guard.Allows(name: null, context.Client);
            return verdict.IsUnavailable ? new SaslAnswer.Unavailable(verdict.Reason) : new SaslAnswer.Rejected(verdict.Reason);
        }

        if (check.Name is not null && (!UserName.TryCanonicalise(check.Name, out var claimed) || claimed != name))
        {
            return new SaslAnswer.Rejected($"the token is {name}'s, not {check.Name}'s");
        }

        _user = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        return _user is { IsEnabled: false } ? new SaslAnswer.Rejected(NoSuchUser) : new SaslAnswer.Accepted(name);
    }

    // A name that can be nobody's is a user that there is not: counted, looked up, and answered in the same time.
    private async ValueTask<UserRecord?> FindAsync(string name, CancellationToken cancellationToken)
    {
        _name = UserName.TryCanonicalise(name, out var canonical) ? canonical : name;
        _isLockedOut = !services.Guard.Allows(_name, context.Client);
        return _isLockedOut ? null : await services.Users.FindAsync(canonical ?? "", cancellationToken).ConfigureAwait(false);
    }

    private AuthenticationStep.Succeeded Succeeded(AuthenticatedUser user)
    {
        _isOver = true;
        services.Guard.Succeed(user.Name, context.Client);
        AuthLog.Succeeded(log, context.ConnectionId, context.Client, user.Name, user.Mechanism);
        return new AuthenticationStep.Succeeded(user);
    }

    private AuthenticationStep.Failed Failed(SaslFault fault, string reason)
    {
        if (_isOver)
        {
            return new AuthenticationStep.Failed(AuthenticationFault.BadCredentials, TimeSpan.Zero);
        }

        _isOver = true;
        if (fault == SaslFault.Unavailable)
        {
            AuthLog.Unavailable(log, context.ConnectionId, context.Client, _name, Mechanism, reason);
            return new AuthenticationStep.Failed(AuthenticationFault.Unavailable, TimeSpan.Zero);
        }

        AuthLog.Failed(log, context.ConnectionId, context.Client, _name, Mechanism, reason);
        return new AuthenticationStep.Failed(AuthenticationFault.BadCredentials, services.Guard.Fail(_name, context.Client));
    }

    private AuthenticationStep.Failed LockedOut()
    {
        _isOver = true;
        AuthLog.LockedOut(log, context.ConnectionId, context.Client, _name, Mechanism);
        return new AuthenticationStep.Failed(AuthenticationFault.TooManyFailures, GuessingGuard.FirstDelay);
    }
}
