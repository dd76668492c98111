namespace MtaCluster.Actors.Tests;

/// <summary>A directory of a test's own, deleted at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private const int MostRounds = 1000;

    public string Path { get; } = Directory.CreateTempSubdirectory("mtacluster-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    // A database that is just being closed may put another file there while the others are deleted: then that one goes with the next round.
    public void Dispose()
    {
        for (var round = 1; ; round++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (round < MostRounds)
            {
            }
        }
    }
}
