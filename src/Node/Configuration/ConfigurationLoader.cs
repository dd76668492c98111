using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace MtaCluster.Node.Configuration;

/// <summary>What became of loading the configuration.</summary>
public abstract record ConfigurationResult
{
    private ConfigurationResult()
    {
    }

    /// <summary>All is well.</summary>
    public sealed record Loaded(NodeSettings Settings) : ConfigurationResult;

    /// <summary>
    /// It cannot be used. Each error names its key or file; the process ends with
    /// <see cref="ConfigurationLoader.InvalidExitCode"/>.
    /// </summary>
    public sealed record Invalid(ImmutableArray<string> Errors) : ConfigurationResult;
}

/// <summary>
/// Loads the configuration: the file of <c>--config FILE</c>, or <c>mtacluster.json</c> in the working directory if there is one; over
/// it environment variables (<c>Mta__Hostname</c>); over them arguments (<c>--Mta:Hostname=…</c>).
/// </summary>
public static class ConfigurationLoader
{
    /// <summary>The exit code of a process whose configuration is invalid.</summary>
    public const int InvalidExitCode = 2;

    private const string DefaultFile = "mtacluster.json";

    /// <summary>Loads and validates everything. Never throws.</summary>
    public static ConfigurationResult Load(string[] args) =>
        Load(args, Directory.GetCurrentDirectory(), builder => builder.AddEnvironmentVariables(), MachineChecks.AddErrors);

    internal static ConfigurationResult Load(
        string[] args,
        string workingDirectory,
        Action<IConfigurationBuilder> addEnvironment,
        Action<NodeSettings, List<string>>? checkMachine = null)
    {
        var errors = new List<string>();
        var (file, keys) = ReadArguments(args, errors);
        var builder = new ConfigurationBuilder();
        try
        {
            AddFile(builder, file, workingDirectory, errors);
            addEnvironment(builder);
            builder.AddInMemoryCollection(keys);
            var settings = SettingsReader.Read(builder.Build(), errors);
            checkMachine?.Invoke(settings, errors);
            return errors.Count == 0 ? new ConfigurationResult.Loaded(settings) : new ConfigurationResult.Invalid([.. errors]);
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            errors.Add($"{file ?? DefaultFile}: {failure.InnerException?.Message ?? failure.Message}");
            return new ConfigurationResult.Invalid([.. errors]);
        }
    }

    private static void AddFile(ConfigurationBuilder builder, string? file, string workingDirectory, List<string> errors)
    {
        var path = Path.GetFullPath(file ?? DefaultFile, workingDirectory);
        if (File.Exists(path))
        {
            builder.AddJsonFile(path, optional: false, reloadOnChange: false);

            // Keys outside the section would be ignored, and a node run with defaults that nobody meant.
            if (!builder.Build().GetChildren().Any(section => section.Key.Equals("Mta", StringComparison.OrdinalIgnoreCase)))
            {
                errors.Add($"{path}: there is no section Mta");
            }
        }
        else if (file is not null)
        {
            errors.Add($"--config: there is no file {path}");
        }
    }

    private static (string? File, List<KeyValuePair<string, string?>> Keys) ReadArguments(string[] args, List<string> errors)
    {
        string? file = null;
        var keys = new List<KeyValuePair<string, string?>>();
        var given = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            var isKey = name.StartsWith("--Mta:", StringComparison.OrdinalIgnoreCase);
            if (!isKey && name != "--config")
            {
                errors.Add($"{args[i]}: there is no such argument; known are --config FILE and --Mta:Key=value");
                continue;
            }

            if (equals < 0 && i + 1 == args.Length)
            {
                errors.Add($"{name}: its value is missing");
                continue;
            }

            var value = equals < 0 ? args[++i] : args[i][(equals + 1)..];
            if (!given.Add(name))
            {
                errors.Add($"{name}: given twice");
            }
            else if (isKey)
            {
                keys.Add(KeyValuePair.Create<string, string?>(name[2..], value));
            }
            else
            {
                file = value;
            }
        }

        return (file, keys);
    }
}
