using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Telemetry;

namespace MtaCluster.Node.Hosting;

/// <summary>The process around <see cref="MtaNode"/>: listeners, admin endpoint, logs, signals.</summary>
internal static partial class NodeHost
{
    /// <summary>SIGTERM ends in less than ten seconds, whatever clients and peers do.</summary>
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(9);

    public static WebApplication Build(NodeSettings settings, LogSink sink)
    {
        // Empty: no appsettings.json, and none of the watchers that come with it, which would see every write to the data directory.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(new SinkLoggerProvider(sink));
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(settings).AddSingleton(sink);
        builder.Services.AddSingleton<MtaNode>().AddHostedService(services => services.GetRequiredService<MtaNode>());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = s_shutdownTimeout);
        var listening = new List<ListenOptions>();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings, listening));

        var app = builder.Build();
        AdminEndpoints.Map(app, app.Services.GetRequiredService<MtaNode>());
        OnStartAndStop(app, listening);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, NodeSettings settings, List<ListenOptions> listening)
    {
        var node = kestrel.ApplicationServices.GetRequiredService<MtaNode>();
        kestrel.AddServerHeader = false;
        foreach (var listener in settings.Listeners)
        {
            kestrel.Listen(listener.Address, options =>
            {
                listening.Add(options);
                options.Run((ConnectionContext connection) => node.HandlerOf(listener.Name).OnConnectedAsync(connection));
            });
        }

        kestrel.Listen(settings.Admin, listening.Add);
    }

    private static void OnStartAndStop(WebApplication app, List<ListenOptions> listening)
    {
        var node = app.Services.GetRequiredService<MtaNode>();
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(NodeHost));
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            // The admin endpoint was added last. Port 0 has become a real one by now.
            var smtp = string.Join(' ', listening.SkipLast(1).Select(options => options.IPEndPoint));
            LogStarted(log, smtp, listening[^1].IPEndPoint!, Environment.ProcessId);
        });

        // Before the listeners close: sessions are told 421, and end what they have in hand.
        app.Lifetime.ApplicationStopping.Register(() => node.Inbound?.BeginDrain());
    }

    [LoggerMessage(2000, LogLevel.Information, "SMTP on {smtp}, admin on {admin}, process {processId}", EventName = "NodeStarted")]
    private static partial void LogStarted(ILogger logger, string smtp, IPEndPoint admin, int processId);
}
