using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>A reply as it was read: the code, and the text of its last line.</summary>
public sealed record WireReply(int Code, string Text)
{
    /// <summary>2xx or 3xx.</summary>
    public bool IsPositive => Code is >= 200 and < 400;

    /// <inheritdoc/>
    public override string ToString() => $"{Code} {Text}";
}

/// <summary>The peer closed the connection where a reply was due.</summary>
public sealed class ConnectionLostException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>The server greeted with a negative reply, or refused EHLO.</summary>
public sealed class RefusedException(WireReply reply) : IOException($"refused: {reply}")
{
    /// <summary>What it said.</summary>
    public WireReply Reply { get; } = reply;
}

/// <summary>An SMTP client that sends exactly the octets it is told to: for tests of what well-behaved clients never do.</summary>
public sealed class RawSmtpClient : IAsyncDisposable
{
    private readonly TcpClient _connection;
    private readonly NetworkStream _stream;
    private readonly SmtpWire _wire;

    private RawSmtpClient(TcpClient connection)
    {
        _connection = connection;
        _stream = connection.GetStream();
        _wire = new SmtpWire(_stream);
    }

    /// <summary>Connects to a port on 127.0.0.1, takes the greeting and says EHLO.</summary>
    /// <exception cref="IOException">The connection failed or the greeting was not positive.</exception>
    public static Task<RawSmtpClient> ConnectAsync(int port, CancellationToken cancellationToken) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);

    /// <summary>Connects, takes the greeting and says EHLO.</summary>
    /// <exception cref="IOException">The connection failed or the greeting was not positive.</exception>
    public static async Task<RawSmtpClient> ConnectAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        var connection = new TcpClient { NoDelay = true };
        try
        {
            await connection.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            var client = new RawSmtpClient(connection);
            await client.ExpectPositiveAsync(client.ReadReplyAsync(cancellationToken)).ConfigureAwait(false);
            await client.ExpectPositiveAsync(client.CommandAsync("EHLO client.example.com", cancellationToken)).ConfigureAwait(false);
            return client;
        }
        catch (Exception error)
        {
            connection.Dispose();
            if (error is SocketException)
            {
                throw new ConnectionLostException(error.Message, error);
            }

            throw;
        }
    }

    /// <summary>Sends octets as they are.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) =>
        _stream.WriteAsync(octets, cancellationToken);

    /// <summary>Sends a command line and reads its reply.</summary>
    public async Task<WireReply> CommandAsync(string line, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"), cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one reply of one or more lines.</summary>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    public async Task<WireReply> ReadReplyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await _wire.ReadLineAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new ConnectionLostException("the connection ended where a reply was due");
            if (line.Length < 3 || !int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                throw new IOException($"not a reply: {line}");
            }

            if (line.Length == 3 || line[3] == ' ')
            {
                return new WireReply(code, line.Length > 4 ? line[4..] : string.Empty);
            }
        }
    }

    /// <summary>
    /// MAIL, RCPT and DATA, up to the 354: the content may follow. Stops at the first negative reply except those to RCPT,
    /// as long as one recipient was taken.
    /// </summary>
    /// <returns>The reply that stopped it, or the 354.</returns>
    public async Task<WireReply> BeginContentAsync(string reversePath, IReadOnlyCollection<string> recipients, CancellationToken cancellationToken)
    {
        var reply = await CommandAsync($"MAIL FROM:<{reversePath}>", cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            return reply;
        }

        var taken = 0;
        foreach (var recipient in recipients)
        {
            reply = await CommandAsync($"RCPT TO:<{recipient}>", cancellationToken).ConfigureAwait(false);
            taken += reply.IsPositive ? 1 : 0;
        }

        return taken > 0 ? await CommandAsync("DATA", cancellationToken).ConfigureAwait(false) : reply;
    }

    /// <summary>A whole mail transaction. Content must be empty or end with CRLF; its dots are stuffed here.</summary>
    /// <returns>The reply to the final dot, or the one that stopped the transaction before it.</returns>
    public async Task<WireReply> SendAsync(string reversePath, IReadOnlyCollection<string> recipients, byte[] content, CancellationToken cancellationToken)
    {
        var reply = await BeginContentAsync(reversePath, recipients, cancellationToken).ConfigureAwait(false);
        return reply.Code == 354 ? await FinishContentAsync(content, cancellationToken).ConfigureAwait(false) : reply;
    }

    /// <summary>Sends content (empty or ending with CRLF) and the final dot.</summary>
    public async Task<WireReply> FinishContentAsync(byte[] content, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(SmtpWire.Stuff(content), cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ExpectPositiveAsync(Task<WireReply> pending)
    {
        var reply = await pending.ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            await DisposeAsync().ConfigureAwait(false);
            throw new RefusedException(reply);
        }
    }
}
