using System.Collections.Immutable;

namespace MtaCluster.Node.Auth;

/// <summary>
/// Where users are kept: in a file of one node, or in the database of a cluster. Every method throws <see cref="UserDirectoryException"/> when the directory
/// cannot be used now.
/// </summary>
internal interface IUserDirectory
{
    /// <summary>The user of that canonical name, enabled or not; null if there is none.</summary>
    ValueTask<UserRecord?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All users, by name.</summary>
    ValueTask<ImmutableArray<UserRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Adds a user; false if there is one of that name.</summary>
    ValueTask<bool> AddAsync(UserRecord user, CancellationToken cancellationToken);

    /// <summary>Changes a user; false if there is none of that name.</summary>
    /// <param name="name">The canonical name.</param>
    /// <param name="change">Makes the new record of the old one; it may run more than once.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    ValueTask<bool> ChangeAsync(string name, Func<UserRecord, UserRecord> change, CancellationToken cancellationToken);

    /// <summary>Removes a user; false if there was none.</summary>
    ValueTask<bool> RemoveAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// A secret of 32 octets, the same on all nodes that share the directory and after each start: what users that there are not are invented by.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>> GetSecretAsync(CancellationToken cancellationToken);
}

/// <summary>The directory cannot be used now. The message says why, for the log.</summary>
internal sealed class UserDirectoryException(string message, Exception? inner = null) : Exception(message, inner);
