using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using MtaCluster.Actors;
using MtaCluster.Actors.Smtp;
using MtaCluster.Node.Smtp.Gate;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Smtp;

/// <content>From the first octet of a message to its reply: DATA and BDAT.</content>
internal sealed partial class SmtpServerConnection
{
    // Of what a prefix may have: the rest is for the trace fields.
    private const int MaximumFields = 1024;

    private MessageReceiver? _chunks;
    private MessageReceiver? _abandoned;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpServerEffect> ReceiveDataAsync()
    {
        if (!await FlushAsync())
        {
            return SmtpServerEffect.Close;
        }

        var id = _inbound.NewQueueId();
        await using var receiver = MessageReceiver.OfData(_store, id, _policy, MakeFilter(), KeepsHeader);
        var pace = MakePace();
        while (!receiver.IsComplete)
        {
            var result = await ReadContentAsync(pace);
            _input.AdvanceTo(receiver.Take(result.Buffer));
            if (receiver.IsComplete)
            {
                break;
            }

            if (_timedOut || pace.IsTooSlow)
            {
                return Farewell(_timedOut ? ServerReplies.TimedOut : GateReplies.TooSlow);
            }

            if (result.IsCompleted)
            {
                // The client went away before its end of data: it has heard no 250, and nothing is kept.
                return SmtpServerEffect.Close;
            }

            await receiver.FlushAsync();
        }

        receiver.EndContent();
        return await FinishAsync(receiver, RepliesOwed);
    }

    // With LMTP, each RCPT that was accepted has a reply to the end of data (RFC 2033 §4.2).
    private int RepliesOwed => _policy.Lmtp ? _state.AcceptedRcpts : 1;

    private bool KeepsHeader => PoliciesAt(PolicyStage.Message) is not null;

    // What a trusted host relays stays as it is, unless senders are to be rewritten.
    private SubmissionFilter? MakeFilter() => _state.User is not null || (_policy.Relay.IsRelayClient && !_services.Submissions.Rewriter.IsEmpty)
        ? new SubmissionFilter(_services.Submissions, new Submitter(_state.ReversePath, _user?.Sender))
        : null;

    private ContentPace MakePace() => new(IsExempt ? 0 : _options.MinimumDataRate, _options.MessageTimeout);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadContentAsync(ContentPace pace)
    {
        _deadline.Arm(pace.Patience < _options.DataTimeout ? pace.Patience : _options.DataTimeout);
        var since = _timeProvider.GetTimestamp();
        var result = await _input.ReadAsync();
        _deadline.Disarm();
        pace.Received(result.Buffer.Length, _timeProvider.GetElapsedTime(since));
        return result;
    }

    /// <summary>Takes the chunk of <paramref name="bdat"/>, and with the last one the message (RFC 3030 §2).</summary>
    private async ValueTask<SmtpServerEffect> ReceiveChunkAsync(SmtpCommand.Bdat bdat)
    {
        await DisposeAbandonedAsync();
        _chunks ??= MessageReceiver.OfChunks(_store, _inbound.NewQueueId(), _policy, _state.MailParameters.Body == MailBodyType.BinaryMime, MakeFilter(), KeepsHeader);
        if (!await ReadOctetsAsync(bdat.Size, _chunks))
        {
            return SmtpServerEffect.Close;
        }

        if (bdat.IsLast)
        {
            _chunks.EndChunks();
        }
        else if (_chunks.Refusal is null)
        {
            return Apply(SmtpServerSession.ChunkTaken(_state, bdat.Size, _policy));
        }

        var effect = await FinishAsync(_chunks, bdat.IsLast ? RepliesOwed : 1);
        await DisposeAbandonedAsync();
        return effect;
    }

    private async ValueTask<SmtpServerEffect> SkipChunkAsync(SmtpCommand.Bdat bdat)
    {
        await DisposeAbandonedAsync();
        return await ReadOctetsAsync(bdat.Size, receiver: null) ? SmtpServerEffect.None : SmtpServerEffect.Close;
    }

    /// <summary>Reads exactly <paramref name="count"/> octets, into <paramref name="receiver"/> if there is one; false if the session is over.</summary>
    private async ValueTask<bool> ReadOctetsAsync(long count, MessageReceiver? receiver)
    {
        var pace = MakePace();
        while (count > 0)
        {
            if (!_input.TryRead(out var result))
            {
                if (!await FlushAsync())
                {
                    return false;
                }

                result = await ReadContentAsync(pace);
            }

            var octets = result.Buffer.Slice(0, Math.Min(count, result.Buffer.Length));
            receiver?.TakeChunk(octets);
            count -= octets.Length;
            _input.AdvanceTo(octets.End);
            if (count == 0)
            {
                break;
            }

            if (_timedOut || pace.IsTooSlow)
            {
                Farewell(_timedOut ? ServerReplies.TimedOut : GateReplies.TooSlow);
                return false;
            }

            if (result.IsCompleted)
            {
                return false;
            }

            if (receiver is not null)
            {
                await receiver.FlushAsync();
            }
        }

        return true;
    }

    /// <summary>Ends the transaction: its message is durable and answered 250, or refused.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpServerEffect> FinishAsync(MessageReceiver receiver, int replies)
    {
        if (await AcceptAsync(receiver) is not { } reply)
        {
            return SmtpServerEffect.Close;
        }

        // They are the same: the message is durable for all recipients or for none.
        for (var further = replies - 1; further > 0; further--)
        {
            _output.Write(reply.Octets);
        }

        return Apply(SmtpServerSession.Complete(_state, reply));
    }

    // The chunks of a transaction that was given up.
    private void Abandon()
    {
        _abandoned ??= _chunks;
        _chunks = null;
    }

    private async ValueTask DisposeAbandonedAsync()
    {
        if (_abandoned is { } receiver)
        {
            _abandoned = null;
            await receiver.DisposeAsync();
        }
    }

    /// <summary>Makes the message durable, hands it over, and returns the reply to its end of data; null when no reply would be true.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WireReply?> AcceptAsync(MessageReceiver receiver)
    {
        var receivedAt = _timeProvider.GetUtcNow();
        var reply = receiver.Refusal ?? await AskAboutMessageAsync(receiver) ?? await StoreAsync(receiver, receivedAt);
        if (receiver.Failure is { } failure)
        {
            _logger.StoreFailed(failure, _info.ConnectionId, Client);
        }

        if (reply is not null)
        {
            _logger.Outcome(_info, _state, receiver.Id, receiver.Length, reply);
        }

        return reply;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WireReply?> StoreAsync(MessageReceiver receiver, DateTimeOffset receivedAt)
    {
        var queueId = receiver.Id.ToString();
        var prefix = MakePrefix(receiver, queueId, receivedAt);
        if (await receiver.CompleteAsync(prefix) is not { } body)
        {
            return ServerReplies.StorageFailed;
        }

        var message = new SubmittedMessage(
            receiver.Id,
            SenderOf(_state.ReversePath).ToString(),
            _state.Recipients.ToWireForms(),
            body,
            receiver.HasEightBit || !Ascii.IsValid(prefix.Span),
            receivedAt)
        {
            Options = OptionsAt(receivedAt),
            RecipientOptions = _state.Recipients.ToOptions(),
        };
        try
        {
            if (await _inbound.AcceptAsync(message) is { } refusal)
            {
                _store.Release(body);
                return new WireReply(refusal);
            }
        }
        catch (Exception exception)
        {
            // Whether the message is in its spool is not known: its body must stay, and either reply might be a lie. The client
            // that hears none tries again, which may make a duplicate but loses nothing (RFC 1047).
            _logger.HandOverFailed(exception, receiver.Id, _info.ConnectionId);
            return null;
        }

        // Here 250 becomes true: body and envelope are both on stable storage.
        return SmtpServerSession.Queued(queueId);
    }

    private ReversePath SenderOf(ReversePath given) => _policy.Relay.IsRelayClient ? _services.Submissions.Rewriter.Rewrite(given) : given;

    private MailOptions OptionsAt(DateTimeOffset receivedAt)
    {
        var options = _state.MailParameters.ToOptions(receivedAt);
        return _verdicts.QuarantineReason is null ? options : Quarantine.Hold(options);
    }

    private ReadOnlyMemory<byte> MakePrefix(MessageReceiver receiver, string queueId, DateTimeOffset receivedAt)
    {
        _prefix ??= new byte[TraceHeaders.MaximumLength];
        var recipient = _state.Recipients.Count == 1 ? _state.Recipients[0].ToString() : null;
        var trace = new TraceInfo(
            _state.HelloName, TraceHeaders.ProtocolType(_state, _policy.Lmtp), Client, _policy.Hostname, queueId, recipient, receivedAt)
        {
            Tls = _tls?.Description,
        };
        var fields = PutFields(_prefix);
        var length = TraceHeaders.Write(_prefix.AsSpan(fields), trace, receiver.Header, _policy.Relay.IsRelayClient);
        return _prefix.AsMemory(0, fields + length);
    }

    // What policies add stands above our Received field, so that it is ours for every reader. As much of it as there is room for.
    private int PutFields(byte[] prefix)
    {
        var length = 0;
        var reason = _verdicts.QuarantineReason is { } why ? Quarantine.Field(why) : null;
        foreach (var field in reason is null ? _verdicts.Fields : _verdicts.Fields.Add(reason))
        {
            var octets = Encoding.UTF8.GetBytes(field + "\r\n");
            if (length + octets.Length > MaximumFields)
            {
                _logger.FieldDropped(_info.ConnectionId, field.Name);
                continue;
            }

            octets.CopyTo(prefix, length);
            length += octets.Length;
        }

        return length;
    }
}
