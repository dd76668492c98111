using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Auth;

/// <summary>The authentication of a node, put together: where its users are is for the storage and the configuration to say.</summary>
internal sealed class NodeAuthentication : IDisposable
{
    private readonly FileUserDirectory? _file;
    private readonly PasswordVerifier _passwords;

    /// <summary>Puts it together.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="shared">The users of the cluster's database; null where there is none.</param>
    /// <param name="loggers">Makes loggers.</param>
    /// <param name="time">The clock.</param>
    public NodeAuthentication(NodeSettings settings, IUserDirectory? shared, ILoggerFactory loggers, TimeProvider time)
    {
        var log = loggers.CreateLogger("Auth");
        var path = settings.Auth.UsersFile ?? (shared is null ? Path.Combine(settings.DataDirectory, "users.json") : null);
        _file = path is null ? null : new FileUserDirectory(path, Path.Combine(settings.DataDirectory, "auth-secret"), log);
        var users = _file ?? shared!;
        _passwords = new PasswordVerifier(time);
        var tokens = settings.Auth.Jwt is { } jwt ? new TokenVerifier(jwt, time, log) : null;
        Users = users;
        Accounts = new UserAccounts(users);
        Authenticator = new Authenticator(
            settings.Auth, new AuthenticationServices(users, _passwords, tokens, new GuessingGuard(settings.Auth.LockOut, time)), log);
    }

    /// <summary>Who there is.</summary>
    public IUserDirectory Users { get; }

    /// <summary>For administrators.</summary>
    public UserAccounts Accounts { get; }

    /// <summary>For sessions.</summary>
    public Authenticator Authenticator { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _passwords.Dispose();
        _file?.Dispose();
    }
}
