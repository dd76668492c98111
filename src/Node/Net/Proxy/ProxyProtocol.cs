using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Node.Smtp;
using MtaCluster.Protocol.Proxy;

namespace MtaCluster.Node.Net.Proxy;

/// <summary>
/// The PROXY protocol as a middleware of Kestrel: the connection of a proxy begins with a header and has, for all who come after, the addresses that it names.
/// Connections from elsewhere are left as they are: whoever is not a proxy of ours cannot pass for somebody else.
/// </summary>
internal sealed partial class ProxyProtocol(ConnectionDelegate next, ClientNetworks proxies, TimeProvider time, ILogger log)
{
    /// <summary>How long a header may take to come. A proxy sends it at once.</summary>
    public static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Serves a connection.</summary>
    public async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint peer || !proxies.Contains(ClientNetworks.Normalise(peer).Address))
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        var (header, refusal) = await ReadHeaderAsync(connection).ConfigureAwait(false);
        if (header is null)
        {
            if (refusal.Length > 0)
            {
                LogRefused(log, connection.ConnectionId, peer, refusal);
            }

            connection.Abort(new ConnectionAbortedException("There was no header of the PROXY protocol."));
            return;
        }

        switch (header)
        {
            case ProxyHeader.Tcp tcp:
                connection.RemoteEndPoint = tcp.Source;
                connection.LocalEndPoint = tcp.Destination;
                break;
            case ProxyHeader.Unix:
                // Nobody's address: not the proxy's, which may be trusted with more than its clients are.
                connection.RemoteEndPoint = null;
                break;
            default:
                break;
        }

        await next(connection).ConfigureAwait(false);
    }

    private async ValueTask<(ProxyHeader? Header, string Refusal)> ReadHeaderAsync(ConnectionContext connection)
    {
        using var expired = new CancellationTokenSource(HeaderTimeout, time);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(expired.Token).ConfigureAwait(false);
                var status = Parse(result.Buffer, out var header, out var length);
                if (status == ProxyHeaderStatus.Complete)
                {
                    input.AdvanceTo(result.Buffer.GetPosition(length));
                    return (header, string.Empty);
                }

                var hasEnded = result.IsCompleted;
                var isEmpty = result.Buffer.IsEmpty;
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (status == ProxyHeaderStatus.Malformed)
                {
                    return (null, "it does not begin with a header");
                }

                if (hasEnded)
                {
                    // Without an octet it is a proxy that looks whether we are there, every few seconds.
                    return (null, isEmpty ? string.Empty : "it ended before a header");
                }
            }
        }
        catch (OperationCanceledException)
        {
            return (null, "no header came in time");
        }
        catch (IOException failure)
        {
            return (null, failure.Message);
        }
    }

    private static ProxyHeaderStatus Parse(ReadOnlySequence<byte> buffer, out ProxyHeader? header, out int length)
    {
        var front = buffer.Slice(0, Math.Min(buffer.Length, ProxyHeaderParser.MaximumLength));
        return front.IsSingleSegment
            ? ProxyHeaderParser.Parse(front.FirstSpan, out header, out length)
            : ProxyHeaderParser.Parse(front.ToArray(), out header, out length);
    }

    [LoggerMessage(2645, LogLevel.Warning, "A connection of the proxy {peer} is refused, {reason}: connection={connectionId}", EventName = "ProxyHeaderRefused")]
    private static partial void LogRefused(ILogger logger, string connectionId, IPEndPoint peer, string reason);
}
