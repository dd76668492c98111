using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Protocol.Smtp.Client;

// The mail transaction: from MAIL to the reply to the final dot.
public sealed partial class SmtpClientSession
{
    /// <summary>The most RCPT commands in one write.</summary>
    public const int MaximumGroup = 100;

    private SmtpEnvelope _envelope;
    private RecipientOutcome?[] _outcomes = [];
    private RecipientOutcome? _mailRefusal;
    private int _nextToSend;
    private int _nextToAnswer;
    private int _outstanding;
    private int _accepted;
    private bool _dataWritten;
    private bool _needsReset;
    private bool _useUtf8;

    /// <summary>The content goes as it is, behind BDAT; otherwise by DATA, made transparent and with a final dot.</summary>
    public bool UsesChunking => _envelope.IsBinary;

    /// <summary>The peer has answered something other than 421 since <see cref="Begin"/>.</summary>
    public bool TransactionAnswered { get; private set; }

    /// <summary>
    /// The outcomes of the last transaction, in the order of its recipients. Complete after <see cref="SmtpClientStep.Done"/> and
    /// <see cref="SmtpClientStep.Closed"/>; the array is not used again.
    /// </summary>
    public ImmutableArray<RecipientOutcome> Outcomes => ImmutableCollectionsMarshal.AsImmutableArray(_outcomes)!;

    /// <summary>Begins a transaction; the session must be <see cref="SmtpClientStage.Ready"/>, or all outcomes are its <see cref="Failure"/> at once.</summary>
    public SmtpClientStep Begin(SmtpEnvelope envelope, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _envelope = envelope;
        _outcomes = new RecipientOutcome?[envelope.Recipients.Length];
        _mailRefusal = null;
        _nextToSend = _nextToAnswer = _outstanding = _accepted = 0;
        _dataWritten = TransactionAnswered = false;
        if (Stage != SmtpClientStage.Ready)
        {
            return Close(Failure ?? ProtocolError($"a transaction was begun {Stage.Describe()}"));
        }

        if (!RefuseWhatCannotBeSent())
        {
            return SmtpClientStep.Done;
        }

        if (!_needsReset)
        {
            return SendMail(output);
        }

        output.Write("RSET\r\n"u8);
        Stage = SmtpClientStage.Reset;
        if (IsPipelining)
        {
            _ = SendMail(output);
            Stage = SmtpClientStage.Reset;
        }

        return SmtpClientStep.Send;
    }

    /// <summary>Ends a transaction before it begins, for a reason of ours: all its outcomes are <paramref name="outcome"/>.</summary>
    public SmtpClientStep Refuse(int recipients, RecipientOutcome outcome)
    {
        _outcomes = new RecipientOutcome?[recipients];
        FillOutcomes(outcome);
        return SmtpClientStep.Done;
    }

    /// <summary>The content and its final dot are on their way.</summary>
    public SmtpClientStep OnContentSent() => Become(SmtpClientStage.FinalDot, SmtpClientStep.AwaitReply);

    private SmtpClientStep OnReset(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (!IsDone(reply))
        {
            return Refused(reply);
        }

        _needsReset = false;
        return IsPipelining ? Become(SmtpClientStage.Mail, SmtpClientStep.AwaitReply) : SendMail(output);
    }

    private SmtpClientStep SendMail(IBufferWriter<byte> output)
    {
        SmtpCommandWriter.Mail(output, _envelope, Capabilities, _useUtf8);
        if (IsPipelining)
        {
            WriteRecipients(output);
        }

        return Become(SmtpClientStage.Mail, SmtpClientStep.Send);
    }

    private SmtpClientStep OnMail(SmtpReply reply, IBufferWriter<byte> output)
    {
        Stage = SmtpClientStage.Recipient;
        if (IsDone(reply))
        {
            _needsReset = true;
        }
        else
        {
            var refusal = ReplyClassification.Classify(SmtpClientStage.Mail, reply);
            if (refusal.Scope == FailureScope.Session)
            {
                return Close(refusal);
            }

            _mailRefusal = refusal;
        }

        return _outstanding > 0 ? SmtpClientStep.AwaitReply : Proceed(output);
    }

    private SmtpClientStep OnRecipient(SmtpReply reply, IBufferWriter<byte> output)
    {
        while (_outcomes[_nextToAnswer] is not null)
        {
            _nextToAnswer++;
        }

        if (IsDone(reply))
        {
            _accepted++;
            _needsReset = true;
        }
        else
        {
            var outcome = ReplyClassification.Classify(SmtpClientStage.Recipient, reply);
            if (outcome.Scope == FailureScope.Session)
            {
                return Close(outcome);
            }

            _outcomes[_nextToAnswer] = _mailRefusal ?? outcome;
        }

        _nextToAnswer++;
        return --_outstanding > 0 ? SmtpClientStep.AwaitReply : Proceed(output);
    }

    /// <summary>All commands but a pipelined DATA are answered: what comes now?</summary>
    private SmtpClientStep Proceed(IBufferWriter<byte> output)
    {
        if (_dataWritten)
        {
            return Become(SmtpClientStage.Data, SmtpClientStep.AwaitReply);
        }

        if (_mailRefusal is not null)
        {
            return Finish(stillOpen: _needsReset, _mailRefusal);
        }

        if (_nextToSend < _outcomes.Length)
        {
            WriteRecipients(output);
            return _outstanding > 0 ? SmtpClientStep.Send : Proceed(output);
        }

        if (_accepted == 0)
        {
            return Finish(stillOpen: true);
        }

        if (UsesChunking)
        {
            SmtpCommandWriter.Chunk(output, _envelope.Size);
            return Become(SmtpClientStage.Content, SmtpClientStep.SendContent);
        }

        output.Write("DATA\r\n"u8);
        return Become(SmtpClientStage.Data, SmtpClientStep.Send);
    }

    /// <summary>Writes the next RCPT, or with pipelining the next group and, behind the last one, DATA.</summary>
    private void WriteRecipients(IBufferWriter<byte> output)
    {
        var limit = IsPipelining ? MaximumGroup : 1;
        while (_nextToSend < _outcomes.Length && (_outstanding < limit || _outcomes[_nextToSend] is not null))
        {
            if (_outcomes[_nextToSend] is null)
            {
                var options = _envelope.Requests is { Recipients: { IsEmpty: false } each } ? each[_nextToSend] : null;
                SmtpCommandWriter.Recipient(output, _envelope.Recipients[_nextToSend], options, Capabilities, _useUtf8);
                _outstanding++;
            }

            _nextToSend++;
        }

        if (IsPipelining && !UsesChunking && _nextToSend == _outcomes.Length)
        {
            output.Write("DATA\r\n"u8);
            _dataWritten = true;
        }
    }

    private SmtpClientStep OnData(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.Code is < 300 or >= 400)
        {
            var refusal = ReplyClassification.Classify(SmtpClientStage.Data, reply);
            return refusal.Scope == FailureScope.Session ? Close(refusal) : Finish(_needsReset, _mailRefusal ?? refusal);
        }

        if (_accepted > 0 && _mailRefusal is null)
        {
            return Become(SmtpClientStage.Content, SmtpClientStep.SendContent);
        }

        FillOutcomes(_mailRefusal);
        if (options.Lmtp)
        {
            // How many replies would follow an empty message to nobody is anyone's guess.
            return Close(ProtocolError("DATA was accepted without a recipient"));
        }

        output.Write(".\r\n"u8); // RFC 2920 §3.1
        return Become(SmtpClientStage.EmptyDot, SmtpClientStep.Send);
    }

    private SmtpClientStep OnEarlyReply(SmtpReply reply)
    {
        var outcome = ReplyClassification.Classify(SmtpClientStage.Content, reply);
        FillOutcomes(outcome);
        return Close(ProtocolError($"the peer replied before the final dot: {reply}"));
    }

    private SmtpClientStep OnFinalReply(SmtpReply reply)
    {
        var outcome = ReplyClassification.Classify(SmtpClientStage.FinalDot, reply, options.Lmtp);
        if (outcome.Scope == FailureScope.Session)
        {
            return Close(outcome);
        }

        if (!options.Lmtp)
        {
            // RFC 3030 §2: after a chunk that failed nobody knows where the transaction is.
            return Finish(stillOpen: UsesChunking && outcome.Kind != OutcomeKind.Delivered, outcome);
        }

        _outcomes[Array.IndexOf(_outcomes, null)] = outcome;
        return --_accepted > 0 ? SmtpClientStep.AwaitReply : Finish(stillOpen: UsesChunking);
    }

    private SmtpClientStep Finish(bool stillOpen, RecipientOutcome? outcome = null)
    {
        FillOutcomes(outcome);
        _needsReset = stillOpen;
        return Become(SmtpClientStage.Ready, SmtpClientStep.Done);
    }

    private void FillOutcomes(RecipientOutcome? outcome)
    {
        for (var i = 0; outcome is not null && i < _outcomes.Length; i++)
        {
            _outcomes[i] ??= outcome;
        }
    }
}
