using Microsoft.AspNetCore.Connections;
using MtaCluster.Actors.Rates;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net.Proxy;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Node.Smtp;
using MtaCluster.Node.Smtp.Gate;

namespace MtaCluster.Node.Net;

/// <summary>
/// What is between the sockets of all listeners and the sessions: the PROXY protocol, for it says who the client is; the gate, for it says whether that client is
/// served; then TLS, where it is spoken from the first octet.
/// </summary>
internal sealed class Edge : IDisposable
{
    private readonly TlsCertificates? _certificates;
    private readonly LoadShedding _shedding;
    private readonly RefusalLog _refusals;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <summary>Loads the certificates, and begins to watch over the load.</summary>
    /// <param name="settings">The settings of the node.</param>
    /// <param name="rates">The rates of the cluster.</param>
    /// <param name="storeQueue">Messages that wait for the store.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where certificates, refusals and the load are told of.</param>
    /// <exception cref="IOException">A certificate cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate is none.</exception>
    public Edge(NodeSettings settings, IClusterRates rates, Func<int> storeQueue, TimeProvider time, ILoggerFactory loggers)
    {
        _time = time;
        _log = loggers.CreateLogger<Edge>();
        if (!settings.Tls.Certificates.IsEmpty)
        {
            _certificates = new TlsCertificates(settings.Tls.Certificates, time, _log);
            Tls = new TlsUpgrade(_certificates, settings.Tls, time);
        }

        _shedding = LoadShedding.Start(settings.Inbound, storeQueue, time, _log);
        _refusals = new RefusalLog(time, _log);

        // Who may relay is no stranger.
        var exempt = settings.Inbound.ExemptFrom.AddRange(settings.Listeners.SelectMany(listener => listener.RelayFrom));
        Gate = new ConnectionGate(settings.Inbound with { ExemptFrom = exempt }, _shedding, rates);
        Tarpit = new Tarpit(settings.Inbound.Tarpit, time);
    }

    /// <summary>For STARTTLS; null without certificates.</summary>
    public TlsUpgrade? Tls { get; }

    /// <summary>Who is let in.</summary>
    public ConnectionGate Gate { get; }

    /// <summary>How late replies to errors come.</summary>
    public Tarpit Tarpit { get; }

    /// <summary>What Kestrel calls for a connection of a listener.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="session">Who serves the connection in the end.</param>
    public ConnectionDelegate Before(ListenerSettings listener, ConnectionDelegate session)
    {
        var isImplicit = listener.Tls == ListenerTls.Implicit;
        var next = isImplicit && Tls is { } tls ? new ImplicitTls(session, tls, _log).OnConnectedAsync : session;
        next = new GateKeeper(next, Gate, speaksPlainText: !isImplicit, _refusals).OnConnectedAsync;
        return listener.ProxyFrom.IsEmpty
            ? next
            : new ProxyProtocol(next, new ClientNetworks(listener.ProxyFrom), _time, _log).OnConnectedAsync;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificates?.Dispose();
        _shedding.Dispose();
    }
}
