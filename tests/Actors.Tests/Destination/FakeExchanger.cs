using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using MtaCluster.Actors.Delivery;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>A mail exchanger at the other end of in-memory connections. It takes everything, unless a spec says otherwise.</summary>
internal sealed class FakeExchanger : ISmtpConnector
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _dots = Completed();
    private int _open;
    private int _quits;

    /// <summary>No connection can be made.</summary>
    public bool IsDown { get; set; }

    /// <summary>More connections at once are greeted with 421.</summary>
    public int ConnectionLimit { get; set; } = int.MaxValue;

    /// <summary>The reply to EHLO.</summary>
    public string Ehlo { get; set; } = "250 ok";

    /// <summary>QUIT was said so often.</summary>
    public int Quits => Volatile.Read(ref _quits);

    public int Connections { get; private set; }

    /// <summary>Connections that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The most connections that were open at once.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Attempts to connect, whatever came of them.</summary>
    public int Attempts { get; private set; }

    /// <summary>How long it takes for each message.</summary>
    public TimeSpan Pace { get; set; }

    /// <summary>The first recipient of each message, with the number of the connection.</summary>
    public ConcurrentQueue<(int Connection, string Recipient)> Messages { get; } = new();

    /// <summary>Final dots are answered no more until <see cref="AnswerDots"/>.</summary>
    public void HoldDots() => _dots = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void AnswerDots() => _dots.TrySetResult();

    public Task<ISmtpTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Attempts++;
            if (IsDown)
            {
                return Task.FromException<ISmtpTransport>(new IOException("connection refused"));
            }

            Connections++;
            MostOpen = Math.Max(MostOpen, ++_open);
            var toClient = new Pipe(new PipeOptions(useSynchronizationContext: false));
            var toServer = new Pipe(new PipeOptions(useSynchronizationContext: false));
            var greeting = _open > ConnectionLimit ? "421 4.7.0 too many connections" : "220 mx.example.net";
            _ = ServeAsync(Connections, greeting, toServer.Reader, toClient.Writer);
            return Task.FromResult<ISmtpTransport>(new Transport(this, toClient.Reader, toServer.Writer));
        }
    }

    private async Task ServeAsync(int number, string greeting, PipeReader input, PipeWriter output)
    {
        using var reader = new StreamReader(input.AsStream());
        var writer = new StreamWriter(output.AsStream()) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync(greeting);
        var recipient = string.Empty;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("RCPT", StringComparison.Ordinal) && recipient.Length == 0)
            {
                recipient = line.Split('<', '>')[1];
            }

            if (line == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                while (await reader.ReadLineAsync() is { } content && content != ".")
                {
                }

                Messages.Enqueue((number, recipient));
                recipient = string.Empty;
                await _dots.Task;
                await Task.Delay(Pace);
            }

            if (line == "QUIT")
            {
                Interlocked.Increment(ref _quits);
                await writer.WriteLineAsync("221 bye");
                await output.CompleteAsync();
                return;
            }

            await writer.WriteLineAsync(line == "DATA" ? "250 2.0.0 taken" : line.StartsWith("EHLO", StringComparison.Ordinal) ? Ehlo : "250 ok");
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private void Closed()
    {
        lock (_lock)
        {
            _open--;
        }
    }

    private sealed class Transport(FakeExchanger owner, PipeReader input, PipeWriter output) : ISmtpTransport
    {
        private int _isDisposed;

        public PipeReader Input => input;

        public PipeWriter Output => output;

        public string? TlsDescription => null;

        public bool IsPeerVerified => false;

        public Task StartTlsAsync(string host, CancellationToken cancellationToken) => throw new IOException("no TLS");

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                owner.Closed();
                await input.CompleteAsync();
                await output.CompleteAsync();
            }
        }
    }
}
