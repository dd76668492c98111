using System.Buffers;
using System.Text;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Sasl;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <content>TLS and authentication.</content>
internal sealed partial class SmtpServerConnection
{
    private TlsInfo? _tls;
    private TlsConnection? _secured;
    private AuthenticatedUser? _user;

    private AuthenticationContext Authentication => new(
        Client, _info.ConnectionId, _tls is not null, _tls is { ServerEndPoint: { IsEmpty: false } binding } ? new ChannelBindings(default, binding.AsMemory()) : null);

    // Where the certificate defines no binding, what is bound to it cannot be had.
    private SmtpServerPolicy PolicyFor(string? user)
    {
        var policy = _policies.For(Peer, Client, user, _tls?.ClientCertificateSha256);
        return _tls is { ServerEndPoint.IsEmpty: true } && policy.TlsMechanisms.Contains(SaslMechanisms.ScramSha256Plus)
            ? policy with { TlsMechanisms = policy.TlsMechanisms.Remove(SaslMechanisms.ScramSha256Plus) }
            : policy;
    }

    // What came behind the command came before TLS: somebody else may have put it there (CVE-2011-0411). It is neither read nor fed to the handshake.
    private async ValueTask<SmtpServerEffect> StartTlsAsync()
    {
        var discarded = TlsUpgrade.TakePlainText(_input);
        if (discarded > 0)
        {
            _logger.PlainTextDiscarded(_info.ConnectionId, Client, discarded);
        }

        _output.Write(ServerReplies.ReadyForTls.Octets);
        if (!await FlushAsync())
        {
            return SmtpServerEffect.Close;
        }

        _deadline.Disarm();
        _secured = await _services.Tls!.UpgradeAsync(_connection);
        (_input, _output, _tls) = (_secured.Input, _secured.Output, _secured.Info);
        _lines = new CommandLineReader(_options.MaximumCommandLength);
        Enter(SmtpServerSession.Secured(_state));
        _user = null;
        _verdicts.Hello = PolicyVerdict.Accepted;
        _policy = PolicyFor(user: null);
        _deadline.Arm(_options.CommandTimeout);
        return SmtpServerEffect.None;
    }

    private async ValueTask<SmtpServerEffect> AuthenticateAsync(SmtpCommand.Auth auth)
    {
        var exchange = _services.Authenticator!.Begin(auth.Mechanism, Authentication);
        var step = await exchange.StartAsync(auth.InitialResponse, _connection.ConnectionClosed);
        while (step is AuthenticationStep.Challenge challenge)
        {
            _output.Write(Encoding.ASCII.GetBytes($"334 {Convert.ToBase64String(challenge.Data.Span)}\r\n"));
            if (await ReadResponseAsync() is not { } line)
            {
                return SmtpServerEffect.Close;
            }

            if (line.AsSpan().SequenceEqual("*"u8))
            {
                return Apply(SmtpServerSession.AuthenticationFailed(_state, ServerReplies.AuthCancelled, _policy));
            }

            if (!SaslBase64.TryDecode(line, out var response))
            {
                return Apply(SmtpServerSession.AuthenticationFailed(_state, ServerReplies.BadEncoding, _policy));
            }

            step = await exchange.StepAsync(response, _connection.ConnectionClosed);
        }

        return step is AuthenticationStep.Succeeded succeeded ? LogIn(succeeded.User) : await RefuseAsync((AuthenticationStep.Failed)step);
    }

    private SmtpServerEffect LogIn(AuthenticatedUser user)
    {
        _user = user;
        _policy = PolicyFor(user.Name);
        return Apply(SmtpServerSession.Authenticated(_state, user.Name));
    }

    private async ValueTask<SmtpServerEffect> RefuseAsync(AuthenticationStep.Failed failed)
    {
        try
        {
            await Task.Delay(failed.Delay, _timeProvider, _draining);
        }
        catch (OperationCanceledException) when (IsDraining)
        {
            // The reply need not be late any more.
        }

        // It has been late enough.
        var step = SmtpServerSession.AuthenticationFailed(_state, AuthenticationReplies.Of(failed.Fault), _policy);
        _delayedErrors = step.Next.Errors;
        return Apply(step);
    }

    /// <summary>The client's answer to a challenge, without its line end; null when the session is over.</summary>
    private async ValueTask<byte[]?> ReadResponseAsync()
    {
        while (true)
        {
            if (!_input.TryRead(out var result))
            {
                if (!await FlushAsync())
                {
                    return null;
                }

                result = await _input.ReadAsync();
            }

            var buffer = result.Buffer;
            var status = _lines.Read(ref buffer, out var line);
            var response = line.ToArray();
            _input.AdvanceTo(buffer.Start, status == CommandLineStatus.Incomplete ? buffer.End : buffer.Start);
            switch (status)
            {
                case CommandLineStatus.Line:
                    return response;
                case CommandLineStatus.TooLong:
                    Farewell(ServerReplies.LineTooLong);
                    return null;
                case CommandLineStatus.BareLineFeed:
                    Farewell(ServerReplies.BareLineFeed);
                    return null;
                case var _ when _timedOut:
                    Farewell(ServerReplies.TimedOut);
                    return null;
                case var _ when IsDraining:
                    Farewell(ServerReplies.ShuttingDown);
                    return null;
                case var _ when result.IsCompleted:
                    return null;
            }
        }
    }
}
