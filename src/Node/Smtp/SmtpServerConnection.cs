using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// One inbound session: read → step → perform → flush. Commands that came together are answered together (RFC 2920 §3.2).
/// </summary>
/// <remarks>
/// Only this class's own loop touches the state. The timer and the drain signal come on other threads: they set a flag and cancel
/// the pending read, which the loop then looks into.
/// </remarks>
internal sealed class SmtpServerConnection : IDisposable
{
    // Replies to a client that pipelines without end are sent before they grow past this.
    private const int MaximumUnflushed = 16 * 1024;

    // How long a client that has timed out may take for the 421.
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    private static readonly SmtpCommand s_lineTooLong = new SmtpCommand.Malformed(ServerReplies.LineTooLong);

    private readonly ConnectionContext _connection;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly InboundConnectionInfo _info;
    private readonly IInboundConnection _inbound;
    private readonly CancellationToken _draining;
    private readonly IMessageStore _store;
    private readonly SmtpServerPolicy _policy;
    private readonly SmtpListenerOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CommandLineReader _lines;
    private readonly DeadlineTimer _deadline;
    private readonly CancellationTokenRegistration _drainRegistration;
    private SmtpServerState _state = SmtpServerState.Start;
    private byte[]? _prefix;
    private volatile bool _timedOut;

    internal SmtpServerConnection(
        ConnectionContext connection,
        InboundConnectionInfo info,
        IInboundConnection inbound,
        IMessageStore store,
        SmtpServerPolicy policy,
        SmtpListenerOptions options,
        TimeProvider timeProvider,
        ILogger logger,
        CancellationToken draining)
    {
        _connection = connection;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
        _info = info;
        _inbound = inbound;
        _draining = draining;
        _store = store;
        _policy = policy;
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _lines = new CommandLineReader(options.MaximumCommandLength);
        _deadline = new DeadlineTimer(timeProvider, OnDeadline);
        _drainRegistration = draining.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), _input);
    }

    private IPAddress Client => _info.Remote.Address;

    private bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Runs the session to its end. Never throws for what a peer or the network does.</summary>
    internal async Task RunAsync()
    {
        try
        {
            await ConverseAsync();
            _logger.ConnectionClosed(_info.ConnectionId, Client, _state.Messages);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // ConnectionResetException is an IOException; an aborted transport cancels.
            _logger.ConnectionLost(exception, _info.ConnectionId, Client, _state.Phase.ToString());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _drainRegistration.Dispose();
        _deadline.Dispose();
    }

    private async Task ConverseAsync()
    {
        var effect = SmtpServerEffect.None;
        if (!IsDraining)
        {
            _output.Write(_policy.Greeting.Octets);
        }

        while (effect != SmtpServerEffect.Close)
        {
            if (!_input.TryRead(out var result))
            {
                if (IsDraining && !_state.InTransaction)
                {
                    Farewell(ServerReplies.ShuttingDown);
                    break;
                }

                if (!await FlushAsync())
                {
                    return;
                }

                result = await _input.ReadAsync();
            }

            var buffer = result.Buffer;
            effect = Answer(ref buffer);
            if (effect == SmtpServerEffect.ReceiveData)
            {
                _input.AdvanceTo(buffer.Start);
                effect = await FlushAsync() ? await ReceiveAsync() : SmtpServerEffect.Close;
                continue;
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || (_output.UnflushedBytes > MaximumUnflushed && !await FlushAsync()))
            {
                break;
            }
        }

        await FlushAsync();
    }

    /// <summary>Answers the commands that are complete, up to one that has an effect.</summary>
    private SmtpServerEffect Answer(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            var status = _lines.Read(ref buffer, out var line);
            switch (status)
            {
                case CommandLineStatus.Line or CommandLineStatus.TooLong:
                    var command = status == CommandLineStatus.Line ? SmtpCommandParser.Parse(line) : s_lineTooLong;
                    var effect = Answer(command);
                    if (effect != SmtpServerEffect.None)
                    {
                        return effect;
                    }

                    break;
                case CommandLineStatus.BareLineFeed:
                    return Farewell(ServerReplies.BareLineFeed);
                default:
                    return _timedOut ? Farewell(ServerReplies.TimedOut)
                        : IsDraining && !_state.InTransaction ? Farewell(ServerReplies.ShuttingDown)
                        : SmtpServerEffect.None;
            }
        }
    }

    private SmtpServerEffect Answer(SmtpCommand command)
    {
        var step = IsDraining
            ? SmtpServerSession.StepDraining(_state, command, _policy)
            : SmtpServerSession.Step(_state, command, _policy);
        _logger.Refusal(_info, _state, command, step.Reply);
        _state = step.Next;
        _output.Write(step.Reply.Octets);
        return step.Effect;
    }

    private SmtpServerEffect Farewell(WireReply reply)
    {
        _output.Write(reply.Octets);
        return SmtpServerEffect.Close;
    }

    private async ValueTask<SmtpServerEffect> ReceiveAsync()
    {
        await using var receiver = new MessageReceiver(_store, _policy);
        while (!receiver.IsComplete)
        {
            _deadline.Arm(_options.DataTimeout);
            var result = await _input.ReadAsync();
            _deadline.Disarm();
            _input.AdvanceTo(receiver.Take(result.Buffer));
            if (receiver.IsComplete)
            {
                break;
            }

            if (_timedOut)
            {
                return Farewell(ServerReplies.TimedOut);
            }

            if (result.IsCompleted)
            {
                // The client went away before its end of data: it has heard no 250, and nothing is kept.
                return SmtpServerEffect.Close;
            }

            await receiver.FlushAsync();
        }

        if (await AcceptAsync(receiver) is not { } reply)
        {
            return SmtpServerEffect.Close;
        }

        var step = SmtpServerSession.Complete(_state, reply);
        _state = step.Next;
        _output.Write(step.Reply.Octets);
        return step.Effect;
    }

    /// <summary>Makes the message durable, hands it over, and returns the reply to its end of data; null when no reply would be true.</summary>
    private async ValueTask<WireReply?> AcceptAsync(MessageReceiver receiver)
    {
        var id = _inbound.NewQueueId();
        var receivedAt = _timeProvider.GetUtcNow();
        var reply = receiver.Refusal ?? await StoreAsync(receiver, id, receivedAt);
        if (receiver.Failure is { } failure)
        {
            _logger.StoreFailed(failure, _info.ConnectionId, Client);
        }

        if (reply is not null)
        {
            _logger.Outcome(_info, _state, id, receiver.Length, reply);
        }

        return reply;
    }

    private async ValueTask<WireReply?> StoreAsync(MessageReceiver receiver, QueueId id, DateTimeOffset receivedAt)
    {
        var queueId = id.ToString();
        if (await receiver.CompleteAsync(MakePrefix(receiver, queueId, receivedAt)) is not { } body)
        {
            return ServerReplies.StorageFailed;
        }

        var message = new SubmittedMessage(
            id, _state.ReversePath.ToString(), _state.Recipients.ToWireForms(), body, receiver.HasEightBit, receivedAt);
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
            _logger.HandOverFailed(exception, id, _info.ConnectionId);
            return null;
        }

        // Here 250 becomes true: body and envelope are both on stable storage.
        return SmtpServerSession.Queued(queueId);
    }

    private ReadOnlyMemory<byte> MakePrefix(MessageReceiver receiver, string queueId, DateTimeOffset receivedAt)
    {
        _prefix ??= new byte[TraceHeaders.MaximumLength];
        var recipient = _state.Recipients.Count == 1 ? _state.Recipients[0].ToString() : null;
        var trace = new TraceInfo(_state.HelloName, _state.Extended, Client, _policy.Hostname, queueId, recipient, receivedAt);
        var length = TraceHeaders.Write(_prefix, trace, receiver.Header, _policy.Relay.IsRelayClient);
        return _prefix.AsMemory(0, length);
    }

    /// <summary>Sends what is written and gives the client its time for the next command; false if there is nobody to take it.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        // Nothing to say: part of a command came, and the time for the whole of it goes on.
        if (_output.UnflushedBytes == 0)
        {
            return true;
        }

        _deadline.Arm(_timedOut ? s_farewell : _options.CommandTimeout);
        var result = await _output.FlushAsync();
        return !result.IsCanceled && !result.IsCompleted;
    }

    private void OnDeadline()
    {
        if (_timedOut)
        {
            _connection.Abort(new ConnectionAbortedException("The client did not take the last reply in time."));
            return;
        }

        _timedOut = true;
        _input.CancelPendingRead();
        _output.CancelPendingFlush();
    }
}
