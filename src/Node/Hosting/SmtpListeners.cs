using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Hosting;

/// <summary>
/// Where SMTP clients are listened for. A server of its own, beside that of the admin endpoint: it opens only once there are spools to take
/// mail, and closes before they go.
/// </summary>
internal sealed class SmtpListeners : IDisposable
{
    private readonly List<ListenOptions> _listening = [];
    private readonly KestrelServer _server;

    /// <summary>Not open yet. Each connection is given to the delegate of its listener.</summary>
    public SmtpListeners(
        ImmutableArray<ListenerSettings> listeners, Func<ListenerSettings, ConnectionDelegate> handlerOf, IServiceProvider services, ILoggerFactory loggers)
    {
        var options = new KestrelServerOptions { ApplicationServices = services };
        foreach (var listener in listeners)
        {
            var handler = handlerOf(listener);
            options.Listen(listener.Address, listen =>
            {
                _listening.Add(listen);
                listen.Use(_ => handler);
            });
        }

        // The options of the host: with those of a new object, what is received goes through arrays that are pinned each time, and not
        // through the host's pool of pinned blocks (docs/adr/0015).
        var transport = new SocketTransportFactory(services.GetRequiredService<IOptions<SocketTransportOptions>>(), loggers);
        _server = new KestrelServer(Options.Create(options), transport, loggers);
    }

    /// <summary>Where they listen: port 0 has become a real one.</summary>
    public IEnumerable<IPEndPoint> Addresses => _listening.Select(listen => listen.IPEndPoint!);

    /// <summary>Opens them.</summary>
    /// <exception cref="IOException">An address is taken.</exception>
    public Task OpenAsync(CancellationToken cancellationToken) => _server.StartAsync(NoHttp.Instance, cancellationToken);

    /// <summary>Closes them, and waits for the sessions to end; those that have not within the time are cut off.</summary>
    public async Task CloseAsync(TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        await _server.StopAsync(expired.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();

    // A server wants an application for HTTP, which these listeners do not speak.
    private sealed class NoHttp : IHttpApplication<object>
    {
        public static readonly NoHttp Instance = new();

        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception) => throw new NotSupportedException();
    }
}
