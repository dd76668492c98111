using System.IO.Pipelines;
using System.Net;
using System.Text;
using MtaCluster.Actors.Delivery;

namespace MtaCluster.Node.Tests.Recipients;

/// <summary>
/// A next hop in memory that answers each command as the test says, and writes down what it heard; <c>(TLS)</c> is a handshake, and <c>(connection)</c> a connection.
/// </summary>
/// <param name="answer">The octets to say to a command, with their line ends.</param>
internal sealed class ScriptedHop(Func<string, string> answer) : ISmtpConnector
{
    private readonly List<string> _heard = [];

    /// <summary>What happens at the handshake.</summary>
    public Func<Task> OnHandshakeAsync { get; init; } = () => Task.CompletedTask;

    public IReadOnlyList<string> Heard
    {
        get
        {
            lock (_heard)
            {
                return [.. _heard];
            }
        }
    }

    public Task<ISmtpTransport> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        Note("(connection)");
        var toClient = new Pipe();
        var toServer = new Pipe();
        _ = ServeAsync(toServer.Reader, toClient.Writer);
        return Task.FromResult<ISmtpTransport>(new Transport(this, toClient.Reader, toServer.Writer));
    }

    private void Note(string what)
    {
        lock (_heard)
        {
            _heard.Add(what);
        }
    }

    private async Task ServeAsync(PipeReader input, PipeWriter output)
    {
        await output.WriteAsync("220 hop.example ready\r\n"u8.ToArray());
        using var lines = new StreamReader(input.AsStream(), Encoding.UTF8);
        while (await lines.ReadLineAsync() is { } line)
        {
            Note(line);
            await output.WriteAsync(Encoding.UTF8.GetBytes(answer(line)));
        }

        await output.CompleteAsync();
    }

    private sealed class Transport(ScriptedHop hop, PipeReader input, PipeWriter output) : ISmtpTransport
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;

        public string? TlsDescription => null;

        public bool IsPeerVerified => false;

        public Task StartTlsAsync(string host, CancellationToken cancellationToken)
        {
            hop.Note("(TLS)");
            return hop.OnHandshakeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await output.CompleteAsync();
            await input.CompleteAsync();
        }
    }
}
