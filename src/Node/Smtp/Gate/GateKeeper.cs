using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>The gate as a middleware of Kestrel: behind the PROXY protocol, for the client is what counts, and before TLS, which costs.</summary>
/// <param name="next">Who serves those that are let in.</param>
/// <param name="gate">The gate.</param>
/// <param name="speaksPlainText">Whether the others can be told why: not where TLS is spoken from the first octet.</param>
/// <param name="refusals">Where refusals are told.</param>
internal sealed class GateKeeper(ConnectionDelegate next, ConnectionGate gate, bool speaksPlainText, RefusalLog refusals)
{
    /// <summary>Serves a connection.</summary>
    public async Task OnConnectedAsync(ConnectionContext connection)
    {
        // A transport without IP addresses has no client: see SmtpConnectionHandler.
        var client = connection.RemoteEndPoint is IPEndPoint remote ? ClientNetworks.Normalise(remote).Address : IPAddress.Broadcast;
        using var admission = await gate.EnterAsync(client).ConfigureAwait(false);
        if (admission.Refusal is not { } refusal)
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        refusals.Tell(client, refusal);
        if (speaksPlainText)
        {
            // One line into an empty pipe: it is never waited for, and the transport sends it before it closes.
            connection.Transport.Output.Write(refusal.Octets);
            await connection.Transport.Output.FlushAsync().ConfigureAwait(false);
        }
    }
}
