using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MtaCluster.Node.Net.Tls;

/// <summary>TLS from the first octet (RFC 8314 §3.3), as a middleware of Kestrel. Whoever comes after it finds <see cref="TlsInfo"/> among the features.</summary>
internal sealed partial class ImplicitTls(ConnectionDelegate next, TlsUpgrade upgrade, ILogger log)
{
    /// <summary>Serves a connection.</summary>
    public async Task OnConnectedAsync(ConnectionContext connection)
    {
        TlsConnection tls;
        try
        {
            tls = await upgrade.UpgradeAsync(connection).ConfigureAwait(false);
        }
        catch (TlsHandshakeException failure)
        {
            // Not aborted: the client is to get the alert that says what was wrong.
            LogFailed(log, connection.ConnectionId, connection.RemoteEndPoint, failure.Message);
            return;
        }

        var plain = connection.Transport;
        await using (tls.ConfigureAwait(false))
        {
            connection.Features.Set(tls.Info);
            connection.Transport = tls;
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = plain;
            }
        }
    }

    [LoggerMessage(2644, LogLevel.Information, "{reason}: connection={connectionId} client={client}", EventName = "TlsFailed")]
    private static partial void LogFailed(ILogger logger, string connectionId, EndPoint? client, string reason);
}
