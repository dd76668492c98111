using System.Buffers;
using System.Net;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <content>What a command asks for beyond a reply.</content>
internal sealed partial class SmtpServerConnection
{
    private ValueTask<SmtpServerEffect> PerformAsync(SmtpServerEffect effect) => (effect, _command) switch
    {
        (SmtpServerEffect.ReceiveData, _) => ReceiveDataAsync(),
        (SmtpServerEffect.ReceiveChunk, SmtpCommand.Bdat bdat) => ReceiveChunkAsync(bdat),
        (SmtpServerEffect.SkipChunk, SmtpCommand.Bdat bdat) => SkipChunkAsync(bdat),
        (SmtpServerEffect.AskPolicies, _) => AskAsync(),
        (SmtpServerEffect.StartTls, _) => StartTlsAsync(),
        (SmtpServerEffect.Authenticate, SmtpCommand.Auth auth) => AuthenticateAsync(auth),
        (SmtpServerEffect.RunQueue, SmtpCommand.Etrn etrn) => ValueTask.FromResult(RunQueue(etrn)),
        (SmtpServerEffect.BecomeClient, SmtpCommand.XClient client) => BecomeClientAsync(client.Attributes),
        _ => throw new InvalidOperationException($"Nothing is done for {effect}."),
    };

    // The only way from one state to the next: chunks and verdicts of a transaction that is over belong to no other.
    private void Enter(SmtpServerState next)
    {
        if (next.Phase != SmtpServerPhase.Chunks)
        {
            Abandon();
        }

        if (next.InTransaction && !_state.InTransaction)
        {
            _verdicts.BeginTransaction();
        }

        _state = next;
    }

    private SmtpServerEffect Apply(SmtpStep step)
    {
        Enter(step.Next);
        _output.Write(step.Reply.Octets);
        return step.Effect;
    }

    private SmtpServerEffect RunQueue(SmtpCommand.Etrn etrn)
    {
        var reply = !_policies.MayRunQueueOf(etrn.Domain) ? ServerReplies.QueueRunDenied
            : _policies.QueueRuns is not { } runs ? ServerReplies.CannotRunQueue
            : Run(runs);
        return Apply(new SmtpStep(_state, reply));

        WireReply Run(IQueueRuns runs)
        {
            runs.Begin(etrn.Domain, etrn.WithSubdomains);
            _logger.QueueRunBegun(_info.ConnectionId, Client, etrn.Domain);
            return ServerReplies.QueueRunStarted;
        }
    }

    // What is not said stays as it is: of some clients a proxy knows less than we do.
    private ValueTask<SmtpServerEffect> BecomeClientAsync(ClientAttributes attributes)
    {
        var remote = new IPEndPoint(attributes.Address ?? Client, attributes.Port ?? _info.Remote.Port);
        _info = _info with { Remote = ClientNetworks.Normalise(remote) };
        var user = string.IsNullOrEmpty(attributes.Login) ? null : attributes.Login;
        _user = null;
        _policy = PolicyFor(user);
        _logger.ClientTold(_info.ConnectionId, remote, attributes.Hello, user);
        Enter(_state with { User = user });
        _verdicts.Hello = PolicyVerdict.Accepted;
        return AskAboutClientAsync();
    }
}
