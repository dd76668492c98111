using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>What the sink does at the final dot.</summary>
public enum DotAction
{
    /// <summary>Records the mail, then answers 250.</summary>
    Accept,

    /// <summary>Answers <see cref="SinkScript.Refusal"/> and records nothing.</summary>
    Refuse,

    /// <summary>Records the mail and closes the connection without a reply: the client cannot know (RFC 1047).</summary>
    RecordAndDrop,

    /// <summary>Closes the connection without a reply and records nothing.</summary>
    Drop,

    /// <summary>Never answers.</summary>
    Stall,

    /// <summary>Answers 250 and records nothing: a sink that loses mail, to prove that a checker notices.</summary>
    Lose,
}

/// <summary>One mail that the sink took: its envelope, and its content to the octet.</summary>
/// <param name="ReversePath">Without angle brackets; empty for the null reverse-path.</param>
/// <param name="Recipients">Without angle brackets, in the order of their RCPT commands.</param>
/// <param name="Content">Dots unstuffed; empty or ending with CRLF.</param>
/// <param name="ReceivedAt">A <see cref="TimeProvider.GetTimestamp"/> of the system clock.</param>
public sealed record ReceivedMail(string ReversePath, ImmutableArray<string> Recipients, byte[] Content, long ReceivedAt)
{
    /// <summary>The content, one char per octet.</summary>
    public string Text => Encoding.Latin1.GetString(Content);
}

/// <summary>How a sink behaves. Called on the session's thread; the functions may be called concurrently.</summary>
public sealed record SinkScript
{
    /// <summary>The whole reply line to RCPT of a recipient; null accepts it.</summary>
    public Func<string, string?> OnRecipient { get; init; } = _ => null;

    /// <summary>What to do with a mail at its final dot.</summary>
    public Func<ReceivedMail, DotAction> OnDot { get; init; } = _ => DotAction.Accept;

    /// <summary>The whole reply line of <see cref="DotAction.Refuse"/>.</summary>
    public string Refusal { get; init; } = "451 4.3.0 not now";
}

/// <summary>
/// A strict SMTP receiver in the test process that records each mail before it answers 250. The test process outlives the
/// processes that are killed, so its memory is the ledger.
/// </summary>
public sealed class LedgerSink : IAsyncDisposable
{
    private readonly SinkScript _script;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ReceivedMail> _received = [];
    private readonly HashSet<Task> _sessions = [];
    private readonly Task _accepting;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    private LedgerSink(SinkScript script, int port)
    {
        _script = script;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(1024);
        Port = port;
        _accepting = AcceptAsync();
    }

    /// <summary>Called after each mail that was recorded, on the session's thread, before its 250 is sent.</summary>
    public event Action<ReceivedMail>? Recorded;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Connections that were ever open at the same time, at most.</summary>
    public int PeakConnections { get; private set; }

    /// <summary>Connections in all.</summary>
    public int TotalConnections { get; private set; }

    /// <summary>The mail recorded so far.</summary>
    public IReadOnlyList<ReceivedMail> Received
    {
        get
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Starts a sink.</summary>
    public static LedgerSink Start(SinkScript? script = null, int? port = null) => new(script ?? new SinkScript(), port ?? LoopbackPorts.Next());

    /// <summary>Waits until so much mail was recorded, and returns it.</summary>
    /// <exception cref="TimeoutException">It was not in time.</exception>
    public async Task<IReadOnlyList<ReceivedMail>> WaitForAsync(int count, TimeSpan timeout)
    {
        await WaitUntilAsync(() => _received.Count >= count, timeout).ConfigureAwait(false);
        return Received;
    }

    /// <summary>Waits until something holds that can change only with recorded mail; it is evaluated at each, one at a time.</summary>
    /// <exception cref="TimeoutException">It did not come to hold in time.</exception>
    public async Task WaitUntilAsync(Func<bool> condition, TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition())
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(expired.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"gave up after {timeout}; the sink has {Received.Count} messages");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false);
                lock (_lock)
                {
                    TotalConnections++;
                    PeakConnections = Math.Max(PeakConnections, ++_connections);
                    _sessions.RemoveWhere(session => session.IsCompleted);
                    _sessions.Add(Task.Run(() => ServeAsync(connection)));
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        try
        {
            using (connection)
            {
                connection.NoDelay = true;
                await new Session(this, connection.GetStream()).RunAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
        {
            // The peer was killed, or the sink is stopping.
        }
        finally
        {
            lock (_lock)
            {
                _connections--;
            }
        }
    }

    private void Record(ReceivedMail mail)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _received.Add(mail);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Recorded?.Invoke(mail);
        changed.SetResult();
    }

    private sealed class Session(LedgerSink sink, Stream stream)
    {
        private readonly SmtpWire _wire = new(stream);
        private readonly List<string> _recipients = [];
        private string _reversePath = string.Empty;

        public async Task RunAsync(CancellationToken stopping)
        {
            await SayAsync("220 ledger.example.net ESMTP", stopping).ConfigureAwait(false);
            while (await _wire.ReadLineAsync(stopping).ConfigureAwait(false) is { } line)
            {
                var verb = line.Split(' ', 2)[0].ToUpperInvariant();
                if (verb == "DATA")
                {
                    if (!await TakeContentAsync(stopping).ConfigureAwait(false))
                    {
                        return;
                    }

                    continue;
                }

                await SayAsync(Answer(verb, line), stopping).ConfigureAwait(false);
                if (verb == "QUIT")
                {
                    return;
                }
            }
        }

        private static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.LastIndexOf('>')];

        private string Answer(string verb, string line)
        {
            switch (verb)
            {
                case "EHLO":
                    return "250-ledger.example.net\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES";
                case "MAIL":
                    _reversePath = Path(line);
                    _recipients.Clear();
                    return "250 2.1.0 ok";
                case "RCPT":
                    var refusal = sink._script.OnRecipient(Path(line));
                    if (refusal is null)
                    {
                        _recipients.Add(Path(line));
                    }

                    return refusal ?? "250 2.1.5 ok";
                case "QUIT":
                    return "221 2.0.0 bye";
                case "HELO" or "RSET" or "NOOP":
                    _recipients.Clear();
                    return "250 2.0.0 ok";
                default:
                    return "502 5.5.1 not here";
            }
        }

        private async Task<bool> TakeContentAsync(CancellationToken stopping)
        {
            if (_recipients.Count == 0)
            {
                await SayAsync("554 5.5.1 no valid recipients", stopping).ConfigureAwait(false);
                return true;
            }

            await SayAsync("354 go on", stopping).ConfigureAwait(false);
            if (await _wire.ReadContentAsync(stopping).ConfigureAwait(false) is not { } content)
            {
                return false;
            }

            var mail = new ReceivedMail(_reversePath, [.. _recipients], content, TimeProvider.System.GetTimestamp());
            _recipients.Clear();
            return await ActAsync(sink._script.OnDot(mail), mail, stopping).ConfigureAwait(false);
        }

        /// <returns>False if the connection is to be closed.</returns>
        private async Task<bool> ActAsync(DotAction action, ReceivedMail mail, CancellationToken stopping)
        {
            if (action is DotAction.Accept or DotAction.RecordAndDrop)
            {
                sink.Record(mail);
            }

            switch (action)
            {
                case DotAction.Accept or DotAction.Lose:
                    await SayAsync("250 2.0.0 taken", stopping).ConfigureAwait(false);
                    return true;
                case DotAction.Refuse:
                    await SayAsync(sink._script.Refusal, stopping).ConfigureAwait(false);
                    return true;
                case DotAction.Stall:
                    await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(false);
                    return false;
                default:
                    return false;
            }
        }

        private ValueTask SayAsync(string reply, CancellationToken stopping) =>
            stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), stopping);
    }
}
