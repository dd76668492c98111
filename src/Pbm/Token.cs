using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>Where the token comes from.</summary>
internal static class Token
{
    private const string Variable = "PBM_TOKEN";
    private const string DefaultDataDirectory = "data";

    /// <summary>
    /// What is named on the command line, then the variable, then the node's own token in the data directory. Null when there is none: the node
    /// will say that it takes one.
    /// </summary>
    /// <exception cref="NotAnsweredException">A file that was named cannot be read.</exception>
    public static string? Find(CommandLine line)
    {
        if (line.TokenFile is { } file)
        {
            return Read(file);
        }

        if (line.DataDirectory is { } directory)
        {
            return Read(Path.Combine(directory, AdminProtocol.TokenFile));
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } token)
        {
            return token.Trim();
        }

        var local = Path.Combine(DefaultDataDirectory, AdminProtocol.TokenFile);
        return File.Exists(local) ? Read(local) : null;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NotAnsweredException($"the token cannot be read: {failure.Message}", failure);
        }
    }
}
