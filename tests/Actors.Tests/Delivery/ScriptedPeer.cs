using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using MtaCluster.Actors.Delivery;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

/// <summary>How a scripted peer serves what it says.</summary>
public enum Serving
{
    Whole,
    ByLine,
    ByOctet,
}

/// <summary>The server at the other end of an in-memory connection. Every wait ends with the test's cancellation or after 30 seconds.</summary>
internal sealed class ScriptedPeer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Pipe _toClient = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false));
    private readonly Serving _serving;

    public ScriptedPeer(Serving serving = Serving.Whole)
    {
        _serving = serving;
        Transport = new InMemoryTransport(_toClient.Reader, _toServer.Writer);
    }

    public InMemoryTransport Transport { get; }

    /// <summary>Says the lines, each with its CRLF.</summary>
    public Task SayAsync(params string[] lines) => SayRawAsync(string.Concat(lines.Select(line => line + "\r\n")));

    public async Task SayRawAsync(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var size = _serving switch
        {
            Serving.ByOctet => 1,
            Serving.ByLine => text.IndexOf('\n', StringComparison.Ordinal) + 1,
            _ => octets.Length,
        };
        foreach (var piece in octets.Chunk(Math.Max(size, 1)))
        {
            var result = await _toClient.Writer.WriteAsync(piece).AsTask().WaitAsync(s_patience);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Reads one line and checks it.</summary>
    public async Task HearAsync(string line) => Assert.Equal(line, await HearLineAsync());

    public async Task<string> HearLineAsync()
    {
        while (true)
        {
            var result = await _toServer.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            if (result.Buffer.PositionOfLineEnd() is { } end)
            {
                var line = Encoding.UTF8.GetString(result.Buffer.Slice(0, end));
                _toServer.Reader.AdvanceTo(end);
                return line[..^2];
            }

            Assert.False(result.IsCompleted, "the client closed the connection");
            _toServer.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>All that the client has flushed by the time the first of it comes.</summary>
    public async Task<string> HearBurstAsync()
    {
        var result = await _toServer.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
        var text = Encoding.UTF8.GetString(result.Buffer);
        _toServer.Reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    /// <summary>Reads so many octets.</summary>
    public async Task<byte[]> HearOctetsAsync(int count)
    {
        var result = await _toServer.Reader.ReadAtLeastAsync(count).AsTask().WaitAsync(s_patience);
        var octets = result.Buffer.Slice(0, count).ToArray();
        _toServer.Reader.AdvanceTo(result.Buffer.GetPosition(count));
        return octets;
    }

    /// <summary>Reads up to the end of a message, which it includes.</summary>
    public async Task<byte[]> HearMessageAsync()
    {
        var message = new List<byte>();
        while (!IsWhole(message))
        {
            var result = await _toServer.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            foreach (var segment in result.Buffer)
            {
                message.AddRange(segment.Span);
            }

            _toServer.Reader.AdvanceTo(result.Buffer.End);
            Assert.False(result.IsCompleted, "the client closed the connection");
        }

        return [.. message];
    }

    /// <summary>Reads until the client closes the connection.</summary>
    public async Task<string> HearTheEndAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var result = await _toServer.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            text.Append(Encoding.UTF8.GetString(result.Buffer));
            _toServer.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return text.ToString();
            }
        }
    }

    /// <summary>Closes the connection, or resets it.</summary>
    public void HangUp(bool reset = false)
    {
        var error = reset ? new IOException("connection reset") : null;
        _toClient.Writer.Complete(error);
        _toServer.Reader.Complete(error);
    }

    /// <summary>The greeting and the reply to EHLO.</summary>
    public async Task GreetAsync(params string[] extensions)
    {
        await SayAsync("220 mx.example ready");
        await HearAsync("EHLO me.example");
        await SayAsync([.. extensions.Select(extension => "250-" + extension), "250 HELP"]);
    }

    private static bool IsWhole(List<byte> message)
    {
        var octets = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(message);
        return octets.EndsWith("\r\n.\r\n"u8) || octets.SequenceEqual(".\r\n"u8);
    }
}

/// <summary>The client's end of a <see cref="ScriptedPeer"/>.</summary>
internal sealed class InMemoryTransport(PipeReader input, PipeWriter output) : ISmtpTransport
{
    public PipeReader Input { get; private set; } = input;

    public PipeWriter Output { get; private set; } = output;

    public string? TlsDescription { get; private set; }

    public bool IsPeerVerified { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>What the handshake does; by default it succeeds at once.</summary>
    public Func<string, CancellationToken, Task> Handshake { get; set; } = (_, _) => Task.CompletedTask;

    public async Task StartTlsAsync(string host, CancellationToken cancellationToken)
    {
        await Handshake(host, cancellationToken);
        TlsDescription = "TLS of a test";
    }

    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        await Input.CompleteAsync();
        await Output.CompleteAsync();
    }
}

internal static class LineEnds
{
    /// <summary>The position after the first LF.</summary>
    public static SequencePosition? PositionOfLineEnd(this System.Buffers.ReadOnlySequence<byte> buffer) =>
        System.Buffers.BuffersExtensions.PositionOf(buffer, (byte)'\n') is { } position ? buffer.GetPosition(1, position) : null;
}
