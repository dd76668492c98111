using System.Buffers;
using System.Runtime.CompilerServices;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <summary>
/// One outbound SMTP or LMTP session: runs the pure <see cref="SmtpClientSession"/> over a connection. Every failure of the peer, of
/// the connection and of the body is an outcome, never an exception. For one caller at a time.
/// </summary>
/// <remarks>
/// What is promised of the final dot: it is sent only after the whole body was read, as long as the store says the body is; when the
/// body fails mid-way the connection is cut instead. Once it was sent and no reply came, the outcomes are Deferred with session
/// scope and <see cref="DeliveryReport.FinalDotSent"/> is true: the message may be delivered twice, but is not lost.
/// </remarks>
public sealed partial class OutboundSession : IAsyncDisposable
{
    /// <summary>Octets of content between two flushes, and between two looks at what the peer has to say.</summary>
    private const int BlockSize = 64 * 1024;

    private const string TlsFailureText = "TLS handshake with ";

    private readonly OutboundSessionOptions _options;
    private readonly ISmtpTransport _transport;
    private readonly OutboundChannel _channel;
    private readonly SmtpClientSession _machine;
    private readonly DotStuffer _stuffer = new();
    private long _transactions;
    private bool _finalDotSent;

    private OutboundSession(ISmtpTransport transport, OutboundSessionOptions options)
    {
        _options = options;
        _transport = transport;
        _channel = new OutboundChannel(transport, options.Timeouts, options.Time);
        _machine = new SmtpClientSession(new SmtpClientOptions(options.Hostname, options.Lmtp, options.StartTls));
    }

    /// <summary>The TLS version and cipher suite in use, or null in clear text.</summary>
    public string? TlsDescription => _transport.TlsDescription;

    /// <summary>What the peer offers.</summary>
    public SmtpCapabilities Capabilities => _machine.Capabilities;

    /// <summary>Transactions that were begun.</summary>
    public long Transactions => _transactions;

    /// <summary>The text of the peer's greeting.</summary>
    public string PeerGreeting => _machine.Greeting;

    /// <summary>
    /// Opens a session on a new connection: greeting, EHLO, STARTTLS. The connection is the session's from here on; it is closed when
    /// there is a failure.
    /// </summary>
    /// <returns>The session, or the failure, whose scope is the session: the peer's reply, or ours when it gave none. See <see cref="IsTlsFailure"/>.</returns>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public static async Task<(OutboundSession? Session, RecipientOutcome? Failure)> OpenAsync(
        ISmtpTransport transport, OutboundSessionOptions options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        var session = new OutboundSession(transport, options);
        var isOpen = false;
        try
        {
            await using var registration = session.EndOn(ct);
            await session.HandshakeAsync();
            isOpen = session._machine.Stage == SmtpClientStage.Ready;
            if (!isOpen && session._machine.Failure is { Reply.Code: not 421 })
            {
                await session._channel.SendQuitAsync(session._machine);
            }
        }
        catch (Exception e)
        {
            session.AbortOn(e, ct);
        }
        finally
        {
            if (!isOpen)
            {
                await session.DisposeAsync();
            }
        }

        return isOpen ? (session, null) : (null, session._machine.Failure);
    }

    /// <summary>
    /// Whether a failure of <see cref="OpenAsync"/> was that of a TLS handshake the peer had agreed to, so that opportunistic TLS may
    /// try again without (on a new connection, with <see cref="OutboundSessionOptions.StartTls"/> off).
    /// </summary>
    public static bool IsTlsFailure(RecipientOutcome failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Reply.Code == 454 && failure.Reply.Text.StartsWith(TlsFailureText, StringComparison.Ordinal);
    }

    /// <summary>
    /// Delivers one message. The body is read once, from where it stands, and is not disposed. A session that is over gives its
    /// failure as the outcome.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller ended it; the session cannot be used any more.</exception>
    public async Task<DeliveryReport> DeliverAsync(OutboundMessage message, BodyReader body, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(body);
        ct.ThrowIfCancellationRequested();
        var isFirst = _transactions++ == 0;
        _finalDotSent = false;
        try
        {
            await using var registration = EndOn(ct);
            if (!isFirst)
            {
                NoticeWhatCameSince();
            }

            await DeliverInTheirFormAsync(message, body, ct);
        }
        catch (Exception e)
        {
            AbortOn(e, ct);
        }

        var isOver = _machine.Stage != SmtpClientStage.Ready;
        return new DeliveryReport(_machine.Outcomes, !isOver && !_channel.IsCancelled, _finalDotSent)
        {
            StaleConnection = isOver && !isFirst && !_machine.TransactionAnswered,
            IsUsedUp = _machine.Capabilities.Limits.Transactions is > 0 and var most && _transactions >= most,
        };
    }

    /// <summary>Says QUIT and waits a little for the reply and for the peer to close the connection. Never throws. Dispose the session afterwards.</summary>
    public async Task QuitAsync(CancellationToken ct)
    {
        if (_machine.Stage != SmtpClientStage.Ready)
        {
            return;
        }

        try
        {
            await using var registration = EndOn(ct);
            await _channel.RunAsync(_machine, _machine.Quit(_channel.Output));
            await _channel.AwaitCloseAsync();
        }
        catch (Exception e)
        {
            _machine.Abort(ConnectionFailure(e));
        }
    }

    /// <summary>Closes the connection at once.</summary>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private CancellationTokenRegistration EndOn(CancellationToken ct) =>
        ct.UnsafeRegister(static channel => ((OutboundChannel)channel!).Cancel(), _channel);

    private async Task HandshakeAsync()
    {
        var step = await _channel.RunAsync(_machine, SmtpClientStep.AwaitReply);
        if (step != SmtpClientStep.StartTls)
        {
            return;
        }

        if (await _channel.StartTlsAsync(_options.PeerName))
        {
            await _channel.RunAsync(_machine, _machine.OnTlsEstablished(_transport.IsPeerVerified, _channel.Output));
            return;
        }

        _machine.Abort(SessionFailure(LocalReply.ProtocolError(
            $"{_options.PeerName} sent something between its reply to STARTTLS and the TLS handshake")));
    }

    /// <summary>A peer that tires of an idle session says 421, or just closes.</summary>
    private void NoticeWhatCameSince()
    {
        try
        {
            _ = _channel.TakeUnasked(_machine);
        }
        catch (Exception e)
        {
            _machine.Abort(ConnectionFailure(e));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask TransactAsync(OutboundMessage message, BodyReader body, CancellationToken ct)
    {
        var envelope = new SmtpEnvelope(message.ReversePath, message.Recipients, message.Size, message.EightBit) { Requests = message.Requests };
        var step = _machine.Begin(envelope, _channel.Output);
        if (step == SmtpClientStep.Send)
        {
            step = await _channel.RunAsync(_machine, step);
        }

        if (step == SmtpClientStep.SendContent)
        {
            await SendContentAsync(body, ct);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendContentAsync(BodyReader body, CancellationToken ct)
    {
        _stuffer.Reset();
        long total = 0;
        var unsent = 0;
        while (true)
        {
            ReadOnlyMemory<byte> chunk;
            try
            {
                chunk = await body.ReadAsync(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                _machine.Abort(BodyFailure(e));
                return;
            }

            if (chunk.IsEmpty)
            {
                break;
            }

            total += chunk.Length;
            for (; !chunk.IsEmpty; unsent %= BlockSize)
            {
                var block = chunk[..Math.Min(chunk.Length, BlockSize - unsent)];
                chunk = chunk[block.Length..];
                WriteContent(block.Span);
                unsent += block.Length;
                if (unsent == BlockSize && await _channel.SendBlockAsync(_machine) != SmtpClientStep.SendContent)
                {
                    return;
                }
            }
        }

        await EndContentAsync(total, body.Length);
    }

    private void WriteContent(ReadOnlySpan<byte> content)
    {
        if (_machine.UsesChunking)
        {
            _channel.Output.Write(content);
        }
        else
        {
            _stuffer.Write(content, _channel.Output);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EndContentAsync(long sent, long expected)
    {
        if (sent != expected)
        {
            var reply = LocalReply.BodyUnreadable($"the message body ended after {sent} of {expected} octets");
            _machine.Abort(new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Message, reply));
            return;
        }

        if (!_machine.UsesChunking)
        {
            _stuffer.Complete(_channel.Output);
        }

        _finalDotSent = true;
        await _channel.SendLastBlockAsync(_machine, _machine.OnContentSent());
    }

    /// <summary>Ends the session after an exception; throws when it came of the caller's cancellation.</summary>
    private void AbortOn(Exception e, CancellationToken ct)
    {
        _machine.Abort(ConnectionFailure(e));
        ct.ThrowIfCancellationRequested();
    }

    private RecipientOutcome ConnectionFailure(Exception e)
    {
        var (peer, stage) = (_options.PeerName, _machine.Stage);
        var isTimeout = e is OperationCanceledException;
        var cause = isTimeout ? "timed out" : e.Message;
        return SessionFailure(stage switch
        {
            SmtpClientStage.TlsHandshake => LocalReply.TlsFailed($"{TlsFailureText}{peer} failed: {cause}"),
            SmtpClientStage.Greeting when isTimeout => LocalReply.NoAnswer($"{peer} did not greet in time"),
            _ when isTimeout => LocalReply.ConnectionLost($"{peer} timed out {stage.Describe()}"),
            _ => LocalReply.ConnectionLost($"connection with {peer} lost {stage.Describe()}: {cause}"),
        });
    }

    private static RecipientOutcome SessionFailure(SmtpReply reply) => new(OutcomeKind.Deferred, FailureScope.Session, reply);
}
