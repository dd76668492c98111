using Xunit;

namespace MtaCluster.Testing.Peers;

/// <summary>Where the programs of other projects are.</summary>
public static class PeerPrograms
{
    private static readonly string[] s_directories =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/sbin", "/sbin"];

    /// <summary>The path of a program, or null if it is not installed.</summary>
    public static string? Find(string name) =>
        s_directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>The path of a program; skips the running test, with the reason, if it is not installed.</summary>
    public static string Require(string name)
    {
        var path = Find(name);
        Assert.SkipWhen(path is null, $"{name} is not installed");
        return path!;
    }

    /// <summary>Skips the running test if it does not run as root, which a private Postfix needs.</summary>
    public static void RequireRoot(string why) => Assert.SkipUnless(Environment.IsPrivilegedProcess, $"not root: {why}");
}
