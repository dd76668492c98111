using System.Net;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// Serves SMTP on the connections of one listener: wire it with <c>listenOptions.Run(handler.OnConnectedAsync)</c>. What a session
/// says is decided by <see cref="SmtpServerSession"/>; this class decides which policy holds for a client.
/// </summary>
public sealed class SmtpConnectionHandler : ConnectionHandler
{
    private readonly SmtpListenerOptions _options;
    private readonly IInboundConnections _connections;
    private readonly IMessageStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<SmtpConnectionHandler> _logger;
    private readonly SmtpPolicies _policies;
    private readonly SmtpSessionServices _services;

    /// <summary>A handler for one listener.</summary>
    /// <exception cref="ArgumentException">A domain or the hostname is not a domain name.</exception>
    internal SmtpConnectionHandler(
        SmtpListenerOptions options,
        IInboundConnections connections,
        IMessageStore store,
        TimeProvider timeProvider,
        ILogger<SmtpConnectionHandler> logger,
        SmtpSessionServices services)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _connections = connections;
        _store = store;
        _timeProvider = timeProvider;
        _logger = logger;
        _services = services;
        _policies = new SmtpPolicies(options, services);
    }

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var remote = EndPointOf(connection.RemoteEndPoint);
        var info = new InboundConnectionInfo(connection.ConnectionId, _options.Name, remote, EndPointOf(connection.LocalEndPoint));
        _logger.ConnectionOpened(info.ConnectionId, info.Listener, remote);
        using var inbound = _connections.Open(info);
        await using var session = new SmtpServerConnection(
            connection, info, inbound, _store, _policies, _services, _options, _timeProvider, _logger, _connections.Draining);
        await session.RunAsync();
    }

    // A transport without IP addresses has no client that a network could hold: 255.255.255.255 is nobody's address.
    private static IPEndPoint EndPointOf(EndPoint? endPoint) =>
        endPoint is IPEndPoint ip ? ClientNetworks.Normalise(ip) : new IPEndPoint(IPAddress.Broadcast, 0);
}
