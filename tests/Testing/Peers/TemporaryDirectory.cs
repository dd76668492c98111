namespace MtaCluster.Testing.Peers;

/// <summary>A new directory that is deleted when disposed.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private TemporaryDirectory(string path) => Path = path;

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes one that other users may enter: daemons that drop their privileges work in it.</summary>
    public static TemporaryDirectory Create()
    {
        var directory = Directory.CreateTempSubdirectory("mta-test.");
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        }

        return new TemporaryDirectory(directory.FullName);
    }

    /// <summary>The path of a new directory in it.</summary>
    public string CreateSubdirectory(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <summary>A path in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A daemon that is just ending may still write: the directory is in the system's temporary folder anyway.
        }
    }
}
