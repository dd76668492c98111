using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Node.Smtp;
using MtaCluster.Testing.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

/// <summary>A session with the handler over two pipes: the client's end, and what stands behind the server.</summary>
internal sealed class SmtpTestSession : IAsyncDisposable
{
    private const int LongestReply = 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient;
    private readonly DefaultConnectionContext _context;
    private Task? _run;

    internal SmtpTestSession(PipeOptions? output = null)
    {
        _toClient = new Pipe(output ?? PipeOptions.Default);
        Writer = new CountingPipeWriter(_toClient.Writer);
        Reader = new WatchedPipeReader(_toServer.Reader);
        _context = new DefaultConnectionContext("C0NNECT10N", new DuplexPipe(Reader, Writer), new DuplexPipe(_toClient.Reader, _toServer.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40000),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 2525),
        };
    }

    internal RecordingInboundConnections Connections { get; } = new();

    internal RecordingMessageStore Store { get; } = new();

    internal RecordingQueueRuns QueueRuns { get; } = new();

    internal SmtpSessionServices Services { get; set; } = new();

    internal WatchedTime Time { get; } = new(new DateTimeOffset(2025, 7, 1, 12, 0, 0, TimeSpan.Zero));

    internal CountingPipeWriter Writer { get; }

    internal WatchedPipeReader Reader { get; }

    internal SmtpListenerOptions Options { get; set; } = new()
    {
        Name = "test",
        Hostname = "mx.example.net",
        RelayFrom = [IPNetwork.Parse("127.0.0.0/8")],
        LocalDomains = ["Local.Example"],
        RelayDomains = ["b\u00fccher.example"],
    };

    internal IPAddress Client
    {
        set => _context.RemoteEndPoint = new IPEndPoint(value, 40000);
    }

    /// <summary>Starts the session and returns the greeting.</summary>
    internal async Task<string> StartAsync()
    {
        var handler = new SmtpConnectionHandler(Options, Connections, Store, Time, NullLogger<SmtpConnectionHandler>.Instance, Services with { QueueRuns = QueueRuns });
        _run = Task.Run(async () =>
        {
            await handler.OnConnectedAsync(_context);

            // As the transport does once the handler has returned.
            await _toClient.Writer.CompleteAsync();
            await _toServer.Reader.CompleteAsync();
        });
        return await ReplyAsync();
    }

    /// <summary>Starts the session and begins a transaction with one recipient.</summary>
    internal async Task StartTransactionAsync()
    {
        await StartAsync();
        await ExpectAsync("EHLO c.example\r\n", "250");
        await ExpectAsync("MAIL FROM:<u@x.org>\r\n", "250");
        await ExpectAsync("RCPT TO:<v@y.org>\r\n", "250");
    }

    internal async Task SendAsync(string text) => await SendAsync(Encoding.UTF8.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> octets) => await _toServer.Writer.WriteAsync(octets).AsTask().WaitAsync(s_patience);

    /// <summary>Sends <paramref name="text"/> and asserts how the next reply begins; returns the reply.</summary>
    internal async Task<string> ExpectAsync(string text, string reply)
    {
        await SendAsync(text);
        return await ExpectAsync(reply);
    }

    /// <summary>Asserts how the next reply begins; returns the reply.</summary>
    internal async Task<string> ExpectAsync(string reply)
    {
        var actual = await ReplyAsync();
        Assert.StartsWith(reply, actual, StringComparison.Ordinal);
        return actual;
    }

    /// <summary>The next reply, all its lines, without the last line end; empty if the server has closed.</summary>
    internal async Task<string> ReplyAsync()
    {
        while (true)
        {
            var result = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            var text = Encoding.ASCII.GetString(result.Buffer.Slice(0, Math.Min(result.Buffer.Length, LongestReply)));
            var length = ReplyLength(text);
            if (length > 0 || result.IsCompleted)
            {
                _toClient.Reader.AdvanceTo(result.Buffer.GetPosition(length));
                return text[..length].TrimEnd();
            }

            _toClient.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Asserts that the server closes without another reply.</summary>
    internal async Task ExpectCloseAsync()
    {
        Assert.Equal(string.Empty, await ReplyAsync());
        await EndAsync();
    }

    /// <summary>The client goes away; waits until the handler has returned.</summary>
    internal async Task HangUpAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await EndAsync();
    }

    internal Task EndAsync() => _run!.WaitAsync(s_patience);

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _toClient.Reader.CompleteAsync();
        if (_run is not null)
        {
            await EndAsync();
        }

        Connections.Dispose();
        await _context.DisposeAsync();
    }

    private static int ReplyLength(string text)
    {
        for (var start = 0; ;)
        {
            var end = text.IndexOf("\r\n", start, StringComparison.Ordinal);
            if (end < 0)
            {
                return 0;
            }

            if (text[start + 3] != '-')
            {
                return end + 2;
            }

            start = end + 2;
        }
    }

    internal sealed class RecordingQueueRuns : IQueueRuns
    {
        internal List<(string Domain, bool WithSubdomains)> Begun { get; } = [];

        public void Begin(string domain, bool withSubdomains) => Begun.Add((domain, withSubdomains));
    }
}
