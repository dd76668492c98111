using System.Buffers;
using System.Text;
using MtaCluster.Actors.Delivery;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Node.Recipients;

/// <summary>What a session with a next hop came to.</summary>
/// <param name="RecipientReply">The reply to RCPT; null if it did not come to that.</param>
/// <param name="Failure">Why it did not.</param>
internal sealed record CallAheadResult(SmtpReply? RecipientReply, string? Failure);

/// <summary>
/// One question to a next hop: EHLO, TLS if it is offered, MAIL with the null reverse-path, RCPT, QUIT, one after the other. No message is ever begun, so what is
/// left behind when the connection is cut is nothing.
/// </summary>
/// <param name="transport">The connection. Not disposed here.</param>
/// <param name="hostname">Our name.</param>
/// <param name="peerName">The name of the peer, for TLS.</param>
/// <param name="lmtp">Speak LMTP.</param>
/// <param name="startTls">Use STARTTLS if it is offered.</param>
internal sealed class CallAheadSession(ISmtpTransport transport, string hostname, string peerName, bool lmtp, bool startTls)
{
    private readonly SmtpReplyParser _parser = new();

    /// <summary>The TLS handshake failed: without TLS, on another connection, the question may be answered (RFC 7435).</summary>
    public bool HasTlsFailed { get; private set; }

    /// <summary>Asks about a recipient.</summary>
    /// <exception cref="IOException">The connection was lost.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<CallAheadResult> AskAsync(Mailbox recipient, CancellationToken cancellationToken)
    {
        var greeting = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!IsDone(greeting))
        {
            return Refused("its greeting", greeting);
        }

        var hello = await SayHelloAsync(cancellationToken).ConfigureAwait(false);
        if (IsDone(hello) && startTls && SmtpCapabilities.Parse(hello).Has(SmtpExtensions.StartTls))
        {
            hello = await SecureAsync(cancellationToken).ConfigureAwait(false) ?? hello;
        }

        if (!IsDone(hello))
        {
            return Refused("EHLO", hello);
        }

        var isInternational = !recipient.IsAscii;
        if (isInternational && !SmtpCapabilities.Parse(hello).Has(SmtpExtensions.SmtpUtf8))
        {
            return new CallAheadResult(null, "it does not offer SMTPUTF8");
        }

        var mail = await SayAsync(isInternational ? "MAIL FROM:<> SMTPUTF8" : "MAIL FROM:<>", cancellationToken).ConfigureAwait(false);
        if (!IsDone(mail))
        {
            return Refused("MAIL", mail);
        }

        var reply = await SayAsync($"RCPT TO:<{recipient}>", cancellationToken).ConfigureAwait(false);
        Write("QUIT");
        await transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new CallAheadResult(reply, null);
    }

    private static bool IsDone(SmtpReply reply) => reply.Code is >= 200 and < 300;

    private static CallAheadResult Refused(string what, SmtpReply reply) => new(null, $"the reply to {what} was {reply}");

    private async Task<SmtpReply> SayHelloAsync(CancellationToken cancellationToken)
    {
        var reply = await SayAsync($"{(lmtp ? "LHLO" : "EHLO")} {hostname}", cancellationToken).ConfigureAwait(false);
        return reply.IsPermanent && !lmtp ? await SayAsync($"HELO {hostname}", cancellationToken).ConfigureAwait(false) : reply;
    }

    /// <summary>The reply to EHLO under TLS; null if the peer does not want TLS now.</summary>
    private async Task<SmtpReply?> SecureAsync(CancellationToken cancellationToken)
    {
        if (!IsDone(await SayAsync("STARTTLS", cancellationToken).ConfigureAwait(false)))
        {
            return null;
        }

        // What came before the handshake might be somebody else's words for the peer's.
        if (TlsUpgrade.TakePlainText(transport.Input) > 0)
        {
            throw new IOException("the peer sent something between its reply to STARTTLS and the handshake");
        }

        try
        {
            await transport.StartTlsAsync(peerName, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            HasTlsFailed = true;
            throw;
        }

        return await SayHelloAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<SmtpReply> SayAsync(string command, CancellationToken cancellationToken)
    {
        Write(command);
        await transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Write(string command) => Encoding.UTF8.GetBytes(command + "\r\n", transport.Output);

    private async Task<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            var status = _parser.Read(ref buffer, out var reply);
            transport.Input.AdvanceTo(buffer.Start);
            if (status == ReplyParseStatus.Complete)
            {
                return reply!;
            }

            if (status == ReplyParseStatus.Malformed || result.IsCompleted)
            {
                throw new IOException(result.IsCompleted ? "the peer closed the connection" : "the peer does not speak SMTP");
            }
        }
    }
}
