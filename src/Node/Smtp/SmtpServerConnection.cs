using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// One inbound session: read → step → perform → flush. Commands that came together are answered together (RFC 2920 §3.2).
/// </summary>
/// <remarks>
/// Only this class's own loop touches the state. The timer and the drain signal come on other threads: they set a flag and cancel
/// the pending read, which the loop then looks into.
/// </remarks>
internal sealed partial class SmtpServerConnection : IAsyncDisposable
{
    // Replies to a client that pipelines without end are sent before they grow past this.
    private const int MaximumUnflushed = 16 * 1024;

    // How long a client that has timed out may take for the 421.
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    private static readonly SmtpCommand s_lineTooLong = new SmtpCommand.Malformed(ServerReplies.LineTooLong);

    private readonly ConnectionContext _connection;
    private readonly IInboundConnection _inbound;
    private readonly CancellationToken _draining;
    private readonly IMessageStore _store;
    private readonly SmtpPolicies _policies;
    private readonly SmtpListenerOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly SmtpSessionServices _services;
    private readonly DeadlineTimer _deadline;
    private readonly CancellationTokenRegistration _drainRegistration;
    private PipeReader _input;
    private PipeWriter _output;
    private InboundConnectionInfo _info;
    private SmtpServerPolicy _policy;
    private CommandLineReader _lines;
    private SmtpServerState _state;
    private SmtpCommand? _command;
    private byte[]? _prefix;
    private volatile bool _timedOut;

    internal SmtpServerConnection(
        ConnectionContext connection,
        InboundConnectionInfo info,
        IInboundConnection inbound,
        IMessageStore store,
        SmtpPolicies policies,
        SmtpSessionServices services,
        SmtpListenerOptions options,
        TimeProvider timeProvider,
        ILogger logger,
        CancellationToken draining)
    {
        _connection = connection;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
        _info = info;
        Peer = info.Remote.Address;
        _inbound = inbound;
        _draining = draining;
        _store = store;
        _policies = policies;
        _services = services;
        _tls = connection.Features.Get<TlsInfo>();
        _state = SmtpServerState.Start with { Secure = _tls is not null };
        _policy = PolicyFor(user: null);
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _lines = new CommandLineReader(options.MaximumCommandLength);
        _deadline = new DeadlineTimer(timeProvider, OnDeadline);
        _drainRegistration = draining.UnsafeRegister(static session => ((SmtpServerConnection)session!)._input.CancelPendingRead(), this);
    }

    // At the other end of the connection, which may speak for a client.
    private IPAddress Peer { get; }

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
    public async ValueTask DisposeAsync()
    {
        await _drainRegistration.DisposeAsync();
        _deadline.Dispose();
        Abandon();
        await DisposeAbandonedAsync();
        if (_secured is { } secured)
        {
            await secured.DisposeAsync();
        }
    }

    private async Task ConverseAsync()
    {
        var effect = await GreetAsync();
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
            if (effect is not (SmtpServerEffect.None or SmtpServerEffect.Close))
            {
                _input.AdvanceTo(buffer.Start);
                effect = await PerformAsync(effect);
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
            : _inbound.MayAccept
                ? SmtpServerSession.Step(_state, command, _policy)
                : SmtpServerSession.StepWithoutStore(_state, command, _policy);
        _command = command;
        if (MustAsk(command, step))
        {
            _asked = step;
            return SmtpServerEffect.AskPolicies;
        }

        _logger.Refusal(_info, _state, command, step.Reply);
        return step.Effect == SmtpServerEffect.StartTls ? step.Effect : Apply(step);
    }

    private SmtpServerEffect Farewell(WireReply reply)
    {
        _output.Write(reply.Octets);
        return SmtpServerEffect.Close;
    }

    /// <summary>Sends what is written and gives the client its time for the next command; false if there is nobody to take it.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        // Nothing to say: part of a command came, and the time for the whole of it goes on.
        if (_output.UnflushedBytes == 0)
        {
            return true;
        }

        await DelayErrorsAsync();
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
