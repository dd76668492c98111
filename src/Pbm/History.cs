namespace MtaCluster.Pbm;

/// <summary>The lines that were entered, in memory and in a file that its owner alone can read. Where the file cannot be kept, memory is all.</summary>
internal sealed class History
{
    private const int Maximum = 1000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string? _path;
    private readonly List<string> _lines = [];

    private History(string? path)
    {
        _path = path;
    }

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Opens the user's history.</summary>
    public static History OpenUsers()
    {
        var configuration = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Open(configuration.Length == 0 ? null : Path.Combine(configuration, "pbm", "history"));
    }

    /// <summary>Opens a history; null keeps it in memory alone.</summary>
    public static History Open(string? path)
    {
        var history = new History(path);
        try
        {
            if (File.Exists(path))
            {
                history._lines.AddRange(File.ReadLines(path).TakeLast(Maximum));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new History(null);
        }

        return history;
    }

    /// <summary>Adds a line, unless it repeats the last one.</summary>
    public void Add(string line)
    {
        if (line.Length == 0 || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_lines.Count > Maximum)
        {
            _lines.RemoveAt(0);
        }

        Save();
    }

    // As a whole under another name: another shell of the same user may read it just now.
    private void Save()
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var unfinished = $"{_path}.{Environment.ProcessId}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            using (var writer = new StreamWriter(unfinished, options))
            {
                _lines.ForEach(writer.WriteLine);
            }

            File.Move(unfinished, _path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A shell without a history file is still a shell.
        }
    }
}
