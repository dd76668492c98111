using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace MtaCluster.Node.Auth;

/// <summary>
/// Users in a file, for a node that shares its users with no other. The file is read again when it changes, and replaced as a whole when a user is changed here; one that is
/// bad leaves the users as they were, and is not written over.
/// </summary>
internal sealed class FileUserDirectory : IUserDirectory, IDisposable
{
    private readonly string _path;
    private readonly WatchedFile<FrozenDictionary<string, UserRecord>> _file;
    private readonly string _secretPath;
    private readonly SemaphoreSlim _writing = new(1);
    private byte[]? _secret;

    /// <summary>A directory in that file; it need not be there yet.</summary>
    /// <param name="path">The file of the users.</param>
    /// <param name="secretPath">The file of the secret, which is made when it is first needed.</param>
    /// <param name="log">Where what becomes of the files is told.</param>
    public FileUserDirectory(string path, string secretPath, ILogger log)
    {
        _path = path;
        _file = new WatchedFile<FrozenDictionary<string, UserRecord>>(
            path, Load, (_, users) => OnRead(users.Count, log), (_, reason) => AuthLog.UsersFileBad(log, path, reason));
        _secretPath = secretPath;
    }

    private FrozenDictionary<string, UserRecord> Users => _file.Read() ?? throw new UserDirectoryException($"{_path} was never read: the log says why");

    /// <inheritdoc/>
    public ValueTask<UserRecord?> FindAsync(string name, CancellationToken cancellationToken) => new(Users.GetValueOrDefault(name));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UserRecord>> ListAsync(CancellationToken cancellationToken)
        => new([.. Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public ValueTask<bool> AddAsync(UserRecord user, CancellationToken cancellationToken)
        => UpdateAsync(users => users.TryAdd(user.Name, user), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ChangeAsync(string name, Func<UserRecord, UserRecord> change, CancellationToken cancellationToken) => UpdateAsync(
        users =>
        {
            var isThere = users.TryGetValue(name, out var user);
            if (isThere)
            {
                users[name] = change(user!);
            }

            return isThere;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string name, CancellationToken cancellationToken) => UpdateAsync(users => users.Remove(name), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> GetSecretAsync(CancellationToken cancellationToken)
    {
        if (_secret is null)
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _secret ??= ReadSecret(_secretPath);
            }
            finally
            {
                _writing.Release();
            }
        }

        return _secret;
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    private static FrozenDictionary<string, UserRecord> Load(string path)
        => File.Exists(path) ? UsersDocument.Parse(File.ReadAllBytes(path)) : FrozenDictionary<string, UserRecord>.Empty;

    private static byte[] ReadSecret(string path)
    {
        try
        {
            if (File.Exists(path) && File.ReadAllBytes(path) is { Length: HMACSHA256.HashSizeInBytes } octets)
            {
                return octets;
            }

            var secret = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
            PrivateFile.Replace(path, secret);
            return secret;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserDirectoryException(failure.Message, failure);
        }
    }

    private void OnRead(int count, ILogger log)
    {
        AuthLog.UsersFileLoaded(log, _path, count);
        if (File.Exists(_path) && PrivateFile.IsExposed(_path))
        {
            AuthLog.UsersFileExposed(log, _path);
        }
    }

    private async ValueTask<bool> UpdateAsync(Func<Dictionary<string, UserRecord>, bool> update, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // As it is on the disk now: somebody may have edited it a moment ago, and not well.
            var users = new Dictionary<string, UserRecord>(Load(_path), StringComparer.Ordinal);
            if (!update(users))
            {
                return false;
            }

            PrivateFile.Replace(_path, UsersDocument.Write(users.Values.OrderBy(user => user.Name, StringComparer.Ordinal)));
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserDirectoryException($"{_path}: {failure.Message}", failure);
        }
        finally
        {
            _writing.Release();
        }
    }
}
