using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Telemetry;

// Socket completions run on the thread that epoll woke, not on another one that it would have to wake: a tenth less CPU for a message
// (docs/adr/0005). Nothing that runs there blocks. The runtime reads this once, before the first socket; an operator's setting wins.
const string inlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inlineCompletions) is null)
{
    Environment.SetEnvironmentVariable(inlineCompletions, "1");
}

switch (ConfigurationLoader.Load(args))
{
    case ConfigurationResult.Invalid invalid:
        foreach (var error in invalid.Errors)
        {
            Console.Error.WriteLine(error);
        }

        return ConfigurationLoader.InvalidExitCode;

    case ConfigurationResult.Loaded { Settings.Storage.PostgreSql: null } loaded when QueueLayout.Check(loaded.Settings.DataDirectory, loaded.Settings.Cluster.Spools) is { } error:
        Console.Error.WriteLine(error);
        return ConfigurationLoader.InvalidExitCode;

    case ConfigurationResult.Loaded loaded:
        using (var sink = new LogSink(Console.OpenStandardOutput(), forPeople: !Console.IsOutputRedirected, TimeProvider.System))
        {
            var app = NodeHost.Build(loaded.Settings, sink);
            await using (app.ConfigureAwait(false))
            {
                var node = app.Services.GetRequiredService<MtaNode>();
                await app.RunAsync().ConfigureAwait(false);
                if (node.Refusal is { } refusal)
                {
                    await Console.Error.WriteLineAsync(refusal).ConfigureAwait(false);
                }

                return node.ExitCode;
            }
        }

    default:
        throw new InvalidOperationException("unknown configuration result");
}
