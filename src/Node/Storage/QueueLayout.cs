using System.Globalization;

namespace MtaCluster.Node.Storage;

/// <summary>
/// What a queue was made with, kept beside it. With another number of spools, the mail of those that are no longer there would wait for ever, and
/// nobody would know.
/// </summary>
internal static class QueueLayout
{
    private const string FileName = "spools";

    /// <summary>Notes the number of spools of a new queue, or checks that of one that is there; returns what is wrong, or null.</summary>
    public static string? Check(string directory, int spools)
    {
        try
        {
            return Compare(directory, spools);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Mta:DataDirectory: {e.Message}";
        }
    }

    private static string? Compare(string directory, int spools)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        var text = File.Exists(path) ? File.ReadAllText(path).Trim() : string.Empty;
        if (text.Length == 0)
        {
            File.WriteAllText(path, spools.ToString(CultureInfo.InvariantCulture) + "\n");
            return null;
        }

        return text == spools.ToString(CultureInfo.InvariantCulture)
            ? null
            : $"Mta:Cluster:Spools: is {spools}, but the queue in {directory} was made with {text}, and that is fixed for its lifetime";
    }
}
