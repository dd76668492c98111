using Microsoft.AspNetCore.Server.Kestrel.Core;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Telemetry;

namespace MtaCluster.Node.Hosting;

/// <summary>The process around <see cref="MtaNode"/>: admin endpoint, logs, signals.</summary>
internal static class NodeHost
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
        builder.Services.Configure<HostOptions>(options =>
        {
            // At once: whoever listens to the admin endpoint without end does not take the time that the mail needs.
            options.ServicesStopConcurrently = true;
            options.ShutdownTimeout = s_shutdownTimeout;
        });
        var listening = new List<ListenOptions>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(settings.Admin.Address, options =>
            {
                listening.Add(options);
                AdminListener.Configure(options, settings.Admin);
            });
        });

        var app = builder.Build();
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Admin");
        AdminEndpoints.Map(app, app.Services.GetRequiredService<MtaNode>(), AdminTokens.Open(settings, log), log);
        OnStartAndStop(app, listening);
        return app;
    }

    private static void OnStartAndStop(WebApplication app, List<ListenOptions> listening)
    {
        var node = app.Services.GetRequiredService<MtaNode>();

        // Port 0 has become a real one by now.
        app.Lifetime.ApplicationStarted.Register(() => node.AdminIsOpen(listening[0].IPEndPoint!));

        // Before the listeners close: sessions are told 421, and end what they have in hand.
        app.Lifetime.ApplicationStopping.Register(node.BeginDrain);
    }
}
