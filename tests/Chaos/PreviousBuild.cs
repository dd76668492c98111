using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos;

/// <summary>The node of another revision, built from the project's history into a temporary directory.</summary>
internal sealed class PreviousBuild : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(8);
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();

    private PreviousBuild()
    {
    }

    /// <summary>The program.</summary>
    public string Assembly => _directory.File("out/MtaCluster.Node.dll");

    private string Sources => _directory.File("sources");

    /// <summary>Builds it.</summary>
    /// <exception cref="InvalidOperationException">There is no such revision, or it does not build.</exception>
    public static async Task<PreviousBuild> MakeAsync(string revision)
    {
        var build = new PreviousBuild();
        try
        {
            await RunAsync("git", "-C", NodeProcess.Root, "worktree", "add", "--detach", build.Sources, revision).ConfigureAwait(false);
            await RunAsync("dotnet", "build", Path.Combine(build.Sources, "src/Node"), "-c", "Release", "-o", build._directory.File("out")).ConfigureAwait(false);
            return build;
        }
        catch
        {
            await build.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ChildProcess.RunAsync("git", ["-C", NodeProcess.Root, "worktree", "remove", "--force", Sources], s_timeout).ConfigureAwait(false);
        _directory.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, s_timeout).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}:\n{result.Output}");
        }
    }
}
