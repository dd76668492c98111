using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using MtaCluster.Node.Telemetry;

switch (ConfigurationLoader.Load(args))
{
    case ConfigurationResult.Invalid invalid:
        foreach (var error in invalid.Errors)
        {
            Console.Error.WriteLine(error);
        }

        return ConfigurationLoader.InvalidExitCode;

    case ConfigurationResult.Loaded loaded:
        using (var sink = new LogSink(Console.OpenStandardOutput(), forPeople: !Console.IsOutputRedirected, TimeProvider.System))
        {
            var app = NodeHost.Build(loaded.Settings, sink);
            await using (app.ConfigureAwait(false))
            {
                await app.RunAsync().ConfigureAwait(false);
            }
        }

        return 0;

    default:
        throw new InvalidOperationException("unknown configuration result");
}
