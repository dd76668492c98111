using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Smtp;
using MtaCluster.Node.Smtp;
using MtaCluster.Testing.Smtp;

namespace MtaCluster.Fuzz;

/// <summary>One session fed with octets: what it answered, and what it took.</summary>
/// <param name="Output">All its replies.</param>
/// <param name="Messages">What it handed over.</param>
/// <param name="Bodies">The bodies of those.</param>
/// <param name="OpenWriters">Bodies that were begun and neither kept nor given up.</param>
public sealed record SessionRun(string Output, IReadOnlyList<SubmittedMessage> Messages, IReadOnlyList<byte[]> Bodies, int OpenWriters)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static readonly SmtpListenerOptions s_options = new()
    {
        Name = "fuzz",
        Hostname = "mx.example.net",
        RelayFrom = [IPNetwork.Parse("127.0.0.0/8")],
        LocalDomains = ["local.example"],
        XClientFrom = [IPNetwork.Parse("127.0.0.0/8")],
        XForwardFrom = [IPNetwork.Parse("127.0.0.0/8")],
        QueueRunDomains = [Pattern("x.org"), Pattern("*.x.org")],
        MaximumMessageSize = 20_000,
        MaximumLineLength = 2000,
        MaximumRecipients = 5,
    };

    /// <summary>Gives <paramref name="input"/> to a session in pieces of these lengths, then hangs up.</summary>
    /// <exception cref="InvariantException">The session threw, or did not end.</exception>
    public static async Task<SessionRun> OfAsync(ReadOnlyMemory<byte> input, IEnumerable<int> pieces, bool lmtp)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 0)));
        using var connections = new RecordingInboundConnections();
        var store = new RecordingMessageStore();
        var connection = new DefaultConnectionContext("FUZZ", new DuplexPipe(toServer.Reader, toClient.Writer), new DuplexPipe(toClient.Reader, toServer.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40000),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 25),
        };

        // A clock that stands still: no deadline is ever reached, and two runs of one input are the same to the octet.
        var handler = new SmtpConnectionHandler(
            s_options with { Lmtp = lmtp }, connections, store, new FakeTimeProvider(DateTimeOffset.UnixEpoch), NullLogger<SmtpConnectionHandler>.Instance, new SmtpSessionServices { QueueRuns = new NoQueueRuns() });
        var session = Task.Run(() => handler.OnConnectedAsync(connection));
        try
        {
            await FeedAsync(toServer.Writer, input, pieces, session).ConfigureAwait(false);
            await session.WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw new InvariantException(failure is TimeoutException ? "the session does not end" : "the session threw", failure);
        }

        await toClient.Writer.CompleteAsync().ConfigureAwait(false);
        var output = Encoding.Latin1.GetString(await ReadAllAsync(toClient.Reader).ConfigureAwait(false));
        SubmittedMessage[] messages = [.. connections.Messages];
        return new SessionRun(
            WithoutIds(output, messages), messages, [.. messages.Select(message => WithoutIds(store[message.Body], messages))], store.Open);
    }

    // A queue id is never the same twice.
    private static byte[] WithoutIds(byte[] body, SubmittedMessage[] messages) =>
        Encoding.Latin1.GetBytes(WithoutIds(Encoding.Latin1.GetString(body), messages));

    private static string WithoutIds(string text, SubmittedMessage[] messages) =>
        messages.Aggregate(text, (without, message) => without.Replace(message.Id.ToString(), "ID", StringComparison.Ordinal));

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync().ConfigureAwait(false);
            if (result.IsCompleted)
            {
                return result.Buffer.ToArray();
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static DomainPattern Pattern(string text) => DomainPattern.TryParse(text, out var pattern) ? pattern : throw new ArgumentException(text);

    private static async Task FeedAsync(PipeWriter writer, ReadOnlyMemory<byte> input, IEnumerable<int> pieces, Task session)
    {
        foreach (var length in pieces)
        {
            if (session.IsCompleted)
            {
                break;
            }

            await Task.WhenAny(writer.WriteAsync(input[..length]).AsTask(), session).ConfigureAwait(false);
            input = input[length..];
        }

        await writer.CompleteAsync().ConfigureAwait(false);
    }

    private sealed class NoQueueRuns : IQueueRuns
    {
        public void Begin(string domain, bool withSubdomains)
        {
        }
    }
}
