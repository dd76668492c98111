using System.Buffers;
using System.Collections.Immutable;
using MtaCluster.Actors;
using MtaCluster.Actors.Rates;
using MtaCluster.Node.Net;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Smtp.Gate;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Smtp;

/// <content>Who else has a say: early talkers, delays, rates, and the policies.</content>
internal sealed partial class SmtpServerConnection
{
    private readonly SessionVerdicts _verdicts = new();
    private SmtpStep _asked;
    private int _delayedErrors;

    private bool IsExempt => _services.Gate?.IsExempt(Client) ?? true;

    private async ValueTask<SmtpServerEffect> GreetAsync()
    {
        if (IsDraining)
        {
            return SmtpServerEffect.None;
        }

        if (_options.EarlyTalkerDelay > TimeSpan.Zero && !IsExempt)
        {
            switch (await EarlyTalker.WatchAsync(_input, _options.EarlyTalkerDelay, _timeProvider))
            {
                case BeforeGreeting.Spoke:
                    return Farewell(GateReplies.EarlyTalker);
                case BeforeGreeting.Left:
                    return SmtpServerEffect.Close;
            }
        }

        return await AskAboutClientAsync();
    }

    // Before the greeting: the first one, and that of a client that a trusted peer speaks for.
    private async ValueTask<SmtpServerEffect> AskAboutClientAsync()
    {
        if (PoliciesAt(PolicyStage.Connect) is { } policies)
        {
            var verdict = await policies.OnConnectAsync(View(_state), _connection.ConnectionClosed);
            _verdicts.Connect = verdict;
            if (RefusalOf(verdict) is { } refusal)
            {
                return Farewell(refusal);
            }
        }

        _output.Write(_policy.Greeting.Octets);
        return SmtpServerEffect.None;
    }

    // Whoever guesses addresses or passwords makes many errors: each reply to one comes later than the one before.
    private async ValueTask DelayErrorsAsync()
    {
        var errors = _state.Errors;
        if (errors > _delayedErrors && _services.Tarpit is { } tarpit && !IsExempt)
        {
            try
            {
                await tarpit.WaitAsync(errors, _draining);
            }
            catch (OperationCanceledException) when (IsDraining)
            {
                // The reply need not be late any more.
            }
        }

        _delayedErrors = errors;
    }

    private bool MustAsk(SmtpCommand command, in SmtpStep step) => step.Reply.Reply.IsPositive && step.Effect == SmtpServerEffect.None && command switch
    {
        SmtpCommand.Mail mail => PoliciesAt(PolicyStage.Mail) is not null
            || _user is not null || _options.MessageRatePerClient is not null || mail.Parameters.HoldUntil is not null,
        SmtpCommand.Hello => PoliciesAt(PolicyStage.Hello) is not null,
        SmtpCommand.Rcpt => PoliciesAt(PolicyStage.Recipient) is not null,
        _ => false,
    };

    private PolicyChain? PoliciesAt(PolicyStage stage) => _services.Policies is { } policies && policies.Concerns(stage) ? policies : null;

    private ValueTask<SmtpServerEffect> AskAsync() => _command switch
    {
        SmtpCommand.Mail mail => AskAboutMailAsync(mail),
        SmtpCommand.Rcpt rcpt => AskAboutRecipientAsync(rcpt),
        _ => AskAboutHelloAsync(),
    };

    private async ValueTask<SmtpServerEffect> AskAboutHelloAsync()
    {
        var verdict = await _services.Policies!.OnHelloAsync(View(_asked.Next), _connection.ConnectionClosed);
        _verdicts.Hello = verdict;
        return RefusalOf(verdict) is { } refusal ? Refuse(refusal) : Apply(_asked);
    }

    private async ValueTask<SmtpServerEffect> AskAboutMailAsync(SmtpCommand.Mail mail)
    {
        if (_services.ChecksReversePath && _user is { } user && !user.Sender.Allows(mail.Path))
        {
            return Refuse(new WireReply(SenderIdentity.ReversePathRefused));
        }

        if (mail.Parameters.HoldUntil > _timeProvider.GetUtcNow() + _policy.MaximumHold)
        {
            return Refuse(ServerReplies.HoldTooLong);
        }

        if (!await IsWithinRateAsync())
        {
            return Refuse(ServerReplies.RateExceeded);
        }

        var verdict = PoliciesAt(PolicyStage.Mail) is { } policies
            ? await policies.OnMailAsync(View(_asked.Next), _connection.ConnectionClosed)
            : PolicyVerdict.Accepted;
        if (RefusalOf(verdict) is { } refusal)
        {
            return Refuse(refusal);
        }

        var effect = Apply(_asked);
        _verdicts.AddToTransaction(verdict);
        return effect;
    }

    private async ValueTask<bool> IsWithinRateAsync()
    {
        if (_services.Rates is not { } rates)
        {
            return true;
        }

        var isWithin = _user is not { Rate: { } rate } || await rates.TryTakeAsync(RateKey.UserMessages(_user.Name), rate);
        return isWithin && (_user is not null || _options.MessageRatePerClient is not { } perClient || IsExempt
            || await rates.TryTakeAsync(RateKey.ClientMessages(ClientKey.Of(Client).ToString()), perClient));
    }

    private async ValueTask<SmtpServerEffect> AskAboutRecipientAsync(SmtpCommand.Rcpt rcpt)
    {
        var recipient = new PolicyRecipient(rcpt.Path.Mailbox ?? _policy.Postmaster, rcpt.Options);
        var verdict = await _services.Policies!.OnRecipientAsync(View(_state), recipient, _connection.ConnectionClosed);
        if (RefusalOf(verdict) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (verdict is PolicyVerdict.Discard)
        {
            return Apply(SmtpServerSession.RecipientDiscarded(_state));
        }

        _verdicts.AddToTransaction(verdict);
        var redirect = verdict.Additions.OfType<PolicyAddition.Redirect>().LastOrDefault();
        if (redirect is null)
        {
            return Apply(_asked);
        }

        var step = SmtpServerSession.Redirected(_state, redirect.Recipients.Select(one => (one.Mailbox, one.Options)));
        return step.Next.Recipients.Count > _policy.MaximumRecipients ? Refuse(ServerReplies.TooManyRecipients) : Apply(step);
    }

    private SmtpServerEffect Refuse(WireReply refusal)
    {
        var step = SmtpServerSession.Refused(_state, _command!, refusal, _policy);
        _logger.Refusal(_info, _state, _command!, step.Reply);
        var effect = Apply(step);
        return refusal.Reply.Code is 421 or 521 ? SmtpServerEffect.Close : effect;
    }

    private static WireReply? RefusalOf(PolicyVerdict verdict) => verdict switch
    {
        PolicyVerdict.Reject reject => new WireReply(reject.Reply),
        PolicyVerdict.Defer defer => new WireReply(defer.Reply),
        _ => null,
    };

    /// <summary>Asks about a message that has been read; the reply if it is not to be taken.</summary>
    private async ValueTask<WireReply?> AskAboutMessageAsync(MessageReceiver receiver)
    {
        if (PoliciesAt(PolicyStage.Message) is { } policies)
        {
            var (header, isWhole) = receiver.KeptHeader;
            var message = new PolicyMessage(receiver.Id.ToString(), receiver.Length, header, isWhole);
            var verdict = await policies.OnMessageAsync(View(_state), message, _connection.ConnectionClosed);
            if (RefusalOf(verdict) is { } refusal)
            {
                return refusal;
            }

            _verdicts.AddToTransaction(verdict);
            if (verdict.Additions.OfType<PolicyAddition.Redirect>().LastOrDefault() is { } redirect)
            {
                _state = _state with { Recipients = RecipientList.Empty.AddRange(redirect.Recipients.Select(one => (one.Mailbox, one.Options))) };
            }
        }

        return _verdicts.IsDiscarded || _state.Recipients.Count == 0 ? Discarded(receiver.Id) : null;
    }

    private WireReply Discarded(QueueId id)
    {
        _logger.MessageDiscarded(id, _info.ConnectionId, Client);
        return SmtpServerSession.Queued(id.ToString());
    }

    private PolicySession View(SmtpServerState state) => new()
    {
        ConnectionId = _info.ConnectionId,
        Listener = _info.Listener,
        Client = _info.Remote,
        IsRelayClient = _policy.Relay.IsRelayClient && _user is null,
        Tls = _tls?.Description,
        CertificateFingerprint = _tls?.ClientCertificateSha256,
        HelloName = state.HelloName,
        Extended = state.Extended,
        User = state.User,
        ReversePath = state.ReversePath,
        Options = state.MailParameters.ToOptions(_timeProvider.GetUtcNow()),
        Recipients = state.Recipients,
    };

    /// <summary>What policies have said that holds for later.</summary>
    private sealed class SessionVerdicts
    {
        /// <summary>What was said of the client, for every transaction.</summary>
        public PolicyVerdict Connect { get; set; } = PolicyVerdict.Accepted;

        /// <summary>What was said of its last HELO, for every transaction until the next.</summary>
        public PolicyVerdict Hello { get; set; } = PolicyVerdict.Accepted;

        /// <summary>Fields to be put before the message.</summary>
        public ImmutableArray<HeaderField> Fields { get; private set; } = [];

        /// <summary>The message is to be thrown away.</summary>
        public bool IsDiscarded { get; private set; }

        /// <summary>Why the message is to be held; null if it is not.</summary>
        public string? QuarantineReason { get; private set; }

        public void BeginTransaction()
        {
            (Fields, IsDiscarded, QuarantineReason) = ([], false, null);
            AddToTransaction(Connect);
            AddToTransaction(Hello);
        }

        public void AddToTransaction(PolicyVerdict verdict)
        {
            Fields = verdict.Additions.IsEmpty ? Fields : Fields.AddRange(FieldsOf(verdict));
            IsDiscarded |= verdict is PolicyVerdict.Discard;
            QuarantineReason ??= (verdict as PolicyVerdict.Quarantine)?.Reason;
        }

        private static IEnumerable<HeaderField> FieldsOf(PolicyVerdict verdict) =>
            verdict.Additions.OfType<PolicyAddition.AddHeader>().Select(addition => addition.Field);
    }
}
