using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace MtaCluster.Pbm.Tests;

/// <summary>What a run of pbm left.</summary>
public sealed record PbmResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The output, line by line.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The output of --json: a document a line.</summary>
    public JsonElement[] Data => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];
}

/// <summary>Runs the built pbm, as users do, with a home of its own.</summary>
public sealed class PbmRun(string home, string? token)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The program and what comes before its arguments.</summary>
    public static (string Program, string Assembly) Command { get; } = ("dotnet", Path.Combine(AppContext.BaseDirectory, "MtaCluster.Pbm.dll"));

    /// <summary>Runs it to its end.</summary>
    public Task<PbmResult> RunAsync(params string[] arguments) => RunAsync("", arguments);

    /// <summary>Runs it to its end, with something to read.</summary>
    public async Task<PbmResult> RunAsync(string input, string[] arguments)
    {
        using var process = new Process { StartInfo = StartInfo(Command.Program, [Command.Assembly, .. arguments]) };
        process.Start();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return new PbmResult(process.ExitCode, await output, await errors);
    }

    /// <summary>How a program is started that is to find this home and this token.</summary>
    public ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = home,
        };
        start.Environment["XDG_CONFIG_HOME"] = home;
        start.Environment["PBM_TOKEN"] = token;
        start.Environment["TERM"] = "xterm";
        return start;
    }
}
