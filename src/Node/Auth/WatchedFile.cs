using MtaCluster.Node.Storage;

namespace MtaCluster.Node.Auth;

/// <summary>
/// The content of a file, read again when the file has changed: whoever asks pays for a look at its time and size. One that cannot be read leaves what was read before
/// and is reported once.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="read">Reads it; throws <see cref="InvalidDataException"/>, <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
/// <param name="onRead">It was read.</param>
/// <param name="onBad">It could not be, and why.</param>
internal sealed class WatchedFile<T>(string path, Func<string, T> read, Action<string, T> onRead, Action<string, string> onBad)
    where T : class
{
    private readonly Lock _lock = new();
    private T? _content;
    private FileStamp? _seen;

    /// <summary>What it says; null if it was never good.</summary>
    public T? Read()
    {
        lock (_lock)
        {
            // Looked at before it is read: what changes meanwhile is seen the next time.
            var now = FileStamp.Of(path);
            if (now == _seen)
            {
                return _content;
            }

            _seen = now;
            try
            {
                _content = read(path);
                onRead(path, _content);
            }
            catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                onBad(path, failure.Message);
            }

            return _content;
        }
    }
}
