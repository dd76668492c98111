namespace MtaCluster.Pbm;

/// <summary>Runs the commands of a file, or of standard input, up to the first that fails.</summary>
internal sealed class Script(Session session, Interrupts interrupts)
{
    private const string StandardInput = "-";

    /// <summary>Runs them.</summary>
    /// <returns>The exit code of the last one.</returns>
    /// <exception cref="NotAnsweredException">The file cannot be read, or the node not be asked.</exception>
    public async Task<int> RunAsync(string? path)
    {
        using var reader = Open(path);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } text)
        {
            var words = Words.Split(text);
            if (words is ["exit"] or ["quit"])
            {
                break;
            }

            if (!words.IsEmpty
                && await interrupts.RunAsync(ended => session.RunAsync(words, ended)).ConfigureAwait(false) is var code and not 0)
            {
                return code;
            }
        }

        return 0;
    }

    private static TextReader Open(string? path)
    {
        try
        {
            return path is null or StandardInput ? Console.In : File.OpenText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NotAnsweredException(failure.Message, failure);
        }
    }
}
