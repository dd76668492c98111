using System.Net;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// Serves SMTP on the connections of one listener: wire it with <c>listenOptions.Run(handler.OnConnectedAsync)</c>. What a session
/// says is decided by <see cref="SmtpServerSession"/>; this class decides which policy holds for a client.
/// </summary>
public sealed class SmtpConnectionHandler : ConnectionHandler
{
    private const string SuffixMark = "*.";

    private readonly SmtpListenerOptions _options;
    private readonly IInboundConnections _connections;
    private readonly IMessageStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<SmtpConnectionHandler> _logger;
    private readonly ClientNetworks _relayNetworks;
    private readonly SmtpServerPolicy _relayPolicy;
    private readonly SmtpServerPolicy _publicPolicy;

    /// <summary>A handler for one listener.</summary>
    /// <exception cref="ArgumentException">A domain or the hostname is not a domain name.</exception>
    public SmtpConnectionHandler(
        SmtpListenerOptions options,
        IInboundConnections connections,
        IMessageStore store,
        TimeProvider timeProvider,
        ILogger<SmtpConnectionHandler> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _connections = connections;
        _store = store;
        _timeProvider = timeProvider;
        _logger = logger;
        _relayNetworks = new ClientNetworks(options.RelayFrom);
        _relayPolicy = MakePolicy(options, RelayRule.Everybody);
        _publicPolicy = MakePolicy(options, OursOnly(options));
    }

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var remote = EndPointOf(connection.RemoteEndPoint);
        var info = new InboundConnectionInfo(connection.ConnectionId, _options.Name, remote, EndPointOf(connection.LocalEndPoint));
        var policy = _relayNetworks.Contains(remote.Address) ? _relayPolicy : _publicPolicy;
        _logger.ConnectionOpened(info.ConnectionId, info.Listener, remote);
        using var inbound = _connections.Open(info);
        using var session = new SmtpServerConnection(
            connection, info, inbound, _store, policy, _options, _timeProvider, _logger, _connections.Draining);
        await session.RunAsync();
    }

    private static SmtpServerPolicy MakePolicy(SmtpListenerOptions options, RelayRule relay) => new(options.Hostname, relay)
    {
        MaximumMessageSize = options.MaximumMessageSize,
        MaximumRecipients = options.MaximumRecipients,
        MaximumErrors = options.MaximumErrors,
        MaximumMessagesPerSession = options.MaximumMessagesPerSession,
        MaximumHops = options.MaximumHops,
        MaximumLineLength = options.MaximumLineLength,
    };

    private static RelayRule OursOnly(SmtpListenerOptions options)
    {
        var ours = options.LocalDomains.Concat(options.RelayDomains).ToLookup(domain => domain.StartsWith(SuffixMark, StringComparison.Ordinal));
        return RelayRule.Only(ours[false].Select(Canonical), ours[true].Select(domain => Canonical(domain[SuffixMark.Length..])));
    }

    private static string Canonical(string domain) => MailDomain.TryParse(domain, out var canonical)
        ? canonical.Text
        : throw new ArgumentException($"'{domain}' is not a domain name.", nameof(domain));

    // A transport without IP addresses has no client that a network could hold: 255.255.255.255 is nobody's address.
    private static IPEndPoint EndPointOf(EndPoint? endPoint) =>
        endPoint is IPEndPoint ip ? ClientNetworks.Normalise(ip) : new IPEndPoint(IPAddress.Broadcast, 0);
}
