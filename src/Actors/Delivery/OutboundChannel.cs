using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <summary>
/// The I/O of an outbound session: carries replies to the client machine and its commands to the peer, each under its time-out. One
/// timer serves the whole session. Throws <see cref="OperationCanceledException"/> when the time-out or the owner ends a wait, and
/// <see cref="IOException"/> (or what the transport throws) when the connection is lost.
/// </summary>
/// <remarks>
/// A write that fails is not yet the end: the peer may have said why before it closed, so what it sent is read first.
/// </remarks>
internal sealed class OutboundChannel(ISmtpTransport transport, SmtpTimeouts timeouts, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);
    private readonly SmtpReplyParser _parser = new();
    private Task<ReadResult>? _pendingRead;
    private Task<FlushResult>? _pendingFlush;

    public PipeWriter Output => transport.Output;

    /// <summary>A time-out or the owner has ended the channel.</summary>
    public bool IsCancelled => _deadline.IsCancellationRequested;

    /// <summary>Ends every wait, now and later.</summary>
    public void Cancel() => _deadline.Cancel();

    /// <summary>Sends commands, reads replies and feeds them to <paramref name="machine"/>, until it wants something else.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpClientStep> RunAsync(SmtpClientSession machine, SmtpClientStep step)
    {
        _deadline.CancelAfter(timeouts.For(machine.Stage));
        while (step is SmtpClientStep.Send or SmtpClientStep.AwaitReply)
        {
            if (step == SmtpClientStep.Send)
            {
                await FlushCommandsAsync();
                step = SmtpClientStep.AwaitReply;
            }

            if (Take(await ReadAsync(), machine, ref step))
            {
                _deadline.CancelAfter(timeouts.For(machine.Stage));
            }
        }

        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        return step;
    }

    /// <summary>Takes what the peer has sent unasked, if anything has come. The step is <see cref="SmtpClientStep.AwaitReply"/> when it was nothing whole.</summary>
    public SmtpClientStep TakeUnasked(SmtpClientSession machine)
    {
        var step = SmtpClientStep.AwaitReply;
        if (_pendingRead is { IsCompleted: true } read)
        {
            _pendingRead = null;
            _ = Take(read.GetAwaiter().GetResult(), machine, ref step);
        }
        else if (_pendingRead is null && transport.Input.TryRead(out var result))
        {
            _ = Take(result, machine, ref step);
        }

        return step;
    }

    /// <summary>Sends a block of content; returns early, with another step than <see cref="SmtpClientStep.SendContent"/>, if the peer ends the transaction.</summary>
    public async ValueTask<SmtpClientStep> SendBlockAsync(SmtpClientSession machine)
    {
        _deadline.CancelAfter(timeouts.DataBlock);
        var flush = Output.FlushAsync(_deadline.Token);
        bool taken;
        if (flush.IsCompletedSuccessfully)
        {
            taken = !flush.Result.IsCompleted;
        }
        else
        {
            _pendingFlush = flush.AsTask();
            var early = await FlushOrReplyAsync(machine);
            if (early != SmtpClientStep.AwaitReply)
            {
                return early;
            }

            taken = await CompleteFlushAsync();
        }

        var step = taken ? TakeUnasked(machine) : await RunAsync(machine, SmtpClientStep.AwaitReply);
        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        return step == SmtpClientStep.AwaitReply ? SmtpClientStep.SendContent : step;
    }

    /// <summary>Sends the last block with the final dot and reads what the peer says to it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpClientStep> SendLastBlockAsync(SmtpClientSession machine, SmtpClientStep step)
    {
        _deadline.CancelAfter(timeouts.DataBlock);
        var flush = Output.FlushAsync(_deadline.Token);
        if (!flush.IsCompletedSuccessfully)
        {
            // Whatever the peer says from here on may answer the dot, so its reply ends the wait too, but is left to be read as one.
            _pendingFlush = flush.AsTask();
            _pendingRead ??= ReadCoreAsync().AsTask();
            await Task.WhenAny(_pendingFlush, _pendingRead);
        }

        step = await RunAsync(machine, step);
        if (_pendingFlush is not null && step == SmtpClientStep.Done)
        {
            _deadline.CancelAfter(timeouts.DataBlock);
            if (!await CompleteFlushAsync())
            {
                Cancel();
            }

            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        return step;
    }

    /// <summary>Says QUIT without waiting for the reply, to a peer that has refused the session (RFC 5321 §3.1).</summary>
    public async ValueTask SendQuitAsync(SmtpClientSession machine)
    {
        machine.Quit(Output);
        _deadline.CancelAfter(timeouts.Quit);
        await FlushCommandsAsync();
    }

    /// <summary>Waits until the peer has closed the connection, as long as for a reply to QUIT: until then it may count it.</summary>
    public async ValueTask AwaitCloseAsync()
    {
        _deadline.CancelAfter(timeouts.Quit);
        ReadResult result;
        do
        {
            result = await ReadAsync();
            transport.Input.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }

    /// <summary>Replaces the clear text by TLS. Nothing may have come between the reply to STARTTLS and the handshake (response injection).</summary>
    /// <returns>False when something had.</returns>
    public async ValueTask<bool> StartTlsAsync(string host)
    {
        if (transport.Input.TryRead(out var injected))
        {
            var isClean = injected.Buffer.IsEmpty;
            transport.Input.AdvanceTo(injected.Buffer.End);
            if (!isClean)
            {
                return false;
            }
        }

        _deadline.CancelAfter(timeouts.TlsHandshake);
        await transport.StartTlsAsync(host, _deadline.Token);
        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_pendingRead is not null || _pendingFlush is not null)
        {
            // Their buffers belong to the connection: they must be out of use before it goes.
            await _deadline.CancelAsync();
            await ((Task?)_pendingRead ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task?)_pendingFlush ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await transport.DisposeAsync();
        _deadline.Dispose();
    }

    /// <summary>Waits for the pending flush, feeding to <paramref name="machine"/> what the peer says meanwhile.</summary>
    private async ValueTask<SmtpClientStep> FlushOrReplyAsync(SmtpClientSession machine)
    {
        var step = SmtpClientStep.AwaitReply;
        while (step == SmtpClientStep.AwaitReply && !_pendingFlush!.IsCompleted)
        {
            _pendingRead ??= ReadCoreAsync().AsTask();
            await Task.WhenAny(_pendingFlush, _pendingRead);
            step = _pendingRead.IsCompleted ? TakeUnasked(machine) : step;
        }

        return step;
    }

    /// <summary>The end of the pending flush; false when the peer no longer takes anything.</summary>
    private async ValueTask<bool> CompleteFlushAsync()
    {
        var flush = _pendingFlush!;
        _pendingFlush = null;
        try
        {
            return !(await flush).IsCompleted;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask FlushCommandsAsync()
    {
        try
        {
            await Output.FlushAsync(_deadline.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The read that follows gets the peer's last words, or fails in the same way.
        }
    }

    private ValueTask<ReadResult> ReadAsync()
    {
        if (_pendingRead is not { } read)
        {
            return ReadCoreAsync();
        }

        _pendingRead = null;
        return new ValueTask<ReadResult>(read);
    }

    private ValueTask<ReadResult> ReadCoreAsync() => transport.Input.ReadAsync(_deadline.Token);

    /// <summary>Feeds whole replies to the machine until it wants something else. True when there was at least one.</summary>
    private bool Take(ReadResult result, SmtpClientSession machine, ref SmtpClientStep step)
    {
        var buffer = result.Buffer;
        var progress = false;
        while (step == SmtpClientStep.AwaitReply)
        {
            var status = _parser.Read(ref buffer, out var reply);
            if (status == ReplyParseStatus.NeedMore)
            {
                break;
            }

            progress = true;
            step = status == ReplyParseStatus.Complete
                ? machine.OnReply(reply!, Output)
                : machine.Abort(new RecipientOutcome(
                    OutcomeKind.Deferred,
                    FailureScope.Session,
                    LocalReply.ProtocolError($"not an SMTP reply {machine.Stage.Describe()}")));
        }

        transport.Input.AdvanceTo(buffer.Start);
        return step == SmtpClientStep.AwaitReply && result.IsCompleted
            ? throw new EndOfStreamException("the peer closed the connection")
            : progress;
    }
}
