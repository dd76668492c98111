using System.Collections.Immutable;
using MtaCluster.Node.Auth;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Tests.Auth;

/// <summary>Users for specs, whose hashes are made once: they are slow by design.</summary>
internal static class Users
{
    public const string Password = "correct horse battery";

    private static readonly Lazy<(PasswordHash Hash, ScramKeys Scram)> s_keys = new(
        () => (PasswordHash.Create(Password), ScramKeys.Derive(Password, "0123456789abcdef"u8, ScramKeys.MinimumIterations)));

    public static UserRecord Of(string name, params string[] identities)
        => new(name, s_keys.Value.Hash, s_keys.Value.Scram, [.. identities.Select(Identity)]);

    public static SenderIdentity Identity(string text) => SenderIdentity.TryParse(text, out var identity) ? identity : throw new ArgumentException(text);
}

/// <summary>A directory in memory, that can be away.</summary>
internal sealed class MemoryDirectory(params UserRecord[] users) : IUserDirectory
{
    private ImmutableDictionary<string, UserRecord> _users = users.ToImmutableDictionary(user => user.Name);

    public bool IsAway { get; set; }

    public List<string> Asked { get; } = [];

    public ValueTask<UserRecord?> FindAsync(string name, CancellationToken cancellationToken)
    {
        Asked.Add(name);
        return new(Present().GetValueOrDefault(name));
    }

    public ValueTask<ImmutableArray<UserRecord>> ListAsync(CancellationToken cancellationToken) => new([.. Present().Values]);

    public ValueTask<bool> AddAsync(UserRecord user, CancellationToken cancellationToken) => Set(Present().ContainsKey(user.Name) ? _users : _users.Add(user.Name, user));

    public ValueTask<bool> ChangeAsync(string name, Func<UserRecord, UserRecord> change, CancellationToken cancellationToken)
        => Set(Present().TryGetValue(name, out var user) ? _users.SetItem(name, change(user)) : _users);

    public ValueTask<bool> RemoveAsync(string name, CancellationToken cancellationToken) => Set(Present().Remove(name));

    public ValueTask<ReadOnlyMemory<byte>> GetSecretAsync(CancellationToken cancellationToken)
    {
        Present();
        return new("0123456789abcdef0123456789abcdef"u8.ToArray());
    }

    private ImmutableDictionary<string, UserRecord> Present() => IsAway ? throw new UserDirectoryException("away") : _users;

    private ValueTask<bool> Set(ImmutableDictionary<string, UserRecord> changed)
    {
        var isChanged = !ReferenceEquals(changed, _users);
        _users = changed;
        return new(isChanged);
    }
}
