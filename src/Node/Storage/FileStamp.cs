namespace MtaCluster.Node.Storage;

/// <summary>
/// What tells one version of a file from another without reading it. The target of a symbolic link counts: some replace the link.
/// </summary>
/// <param name="Written">When it was written.</param>
/// <param name="Length">Its octets; -1 if it is not there or cannot be looked at.</param>
/// <param name="Target">The file itself, behind all links.</param>
internal readonly record struct FileStamp(DateTime Written, long Length, string? Target)
{
    private static readonly FileStamp s_none = new(default, -1, null);

    /// <summary>That of the file which is there now.</summary>
    public static FileStamp Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? new FileStamp(target.LastWriteTimeUtc, target.Length, target.FullName) : s_none;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return s_none;
        }
    }
}
