using System.Security.Cryptography;
using System.Text;

namespace MtaCluster.Node.Auth;

/// <summary>Whether a password is a user's.</summary>
internal enum PasswordVerdict
{
    /// <summary>It is.</summary>
    Good,

    /// <summary>It is not, or there is no such user, or they may not log in.</summary>
    Bad,

    /// <summary>Too many wait to be told; nobody looked.</summary>
    Busy,
}

/// <summary>
/// Checks passwords, with one cost for all: a user that there is not is compared with a hash as costly as any. A password that was good is remembered for a
/// minute by a MAC, so that a client with a connection for each message does not cost a hash for each; at most half the processors, and never more
/// than two, compute hashes at once.
/// </summary>
internal sealed class PasswordVerifier : IDisposable
{
    /// <summary>How long a good password is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>How many may wait for their turn.</summary>
    public const int MaximumWaiting = 64;

    private const int MaximumParallel = 2;
    private const int MaximumRemembered = 10_000;

    private readonly TimeProvider _time;
    private readonly PasswordHash _unmatched = PasswordHash.CreateUnmatched();
    private readonly SemaphoreSlim _turns = new(Math.Clamp(Environment.ProcessorCount / 2, 1, MaximumParallel));
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly Lock _lock = new();
    private readonly RecentEntries<string, (byte[] Mac, DateTimeOffset Until)> _remembered = new(MaximumRemembered);
    private int _waiting;

    /// <summary>A verifier that remembers nothing yet.</summary>
    public PasswordVerifier(TimeProvider time)
    {
        _time = time;
    }

    /// <summary>How many hashes were computed.</summary>
    public long Computed { get; private set; }

    /// <summary>Checks a password.</summary>
    /// <param name="user">The user, or null if there is none.</param>
    /// <param name="password">Prepared by SASLprep.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    public async ValueTask<PasswordVerdict> VerifyAsync(UserRecord? user, string password, CancellationToken cancellationToken)
    {
        var known = user is { IsEnabled: true } ? user : null;
        var hash = known?.Password ?? _unmatched;
        var mac = known is null ? null : MacOf(known, password);
        if (mac is not null && IsRemembered(known!.Name, mac))
        {
            return PasswordVerdict.Good;
        }

        if (await ComputeAsync(hash, password, cancellationToken).ConfigureAwait(false) is not { } matches)
        {
            return PasswordVerdict.Busy;
        }

        if (!matches || mac is null)
        {
            return PasswordVerdict.Bad;
        }

        Remember(known!.Name, mac);
        return PasswordVerdict.Good;
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    // Null: there is no room to wait.
    private async ValueTask<bool?> ComputeAsync(PasswordHash hash, string password, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaximumWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                lock (_lock)
                {
                    Computed++;
                }

                return await Task.Run(() => hash.Matches(password), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // The hash is part of it: what was remembered of an old password is nothing to a new one.
    private byte[] MacOf(UserRecord user, string password)
        => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user.Name}\0{user.Password}\0{password}"));

    private bool IsRemembered(string name, byte[] mac)
    {
        lock (_lock)
        {
            return _remembered.TryGet(name, out var entry) && entry.Until > _time.GetUtcNow() && CryptographicOperations.FixedTimeEquals(entry.Mac, mac);
        }
    }

    private void Remember(string name, byte[] mac)
    {
        lock (_lock)
        {
            _remembered.Set(name, (mac, _time.GetUtcNow() + Memory));
        }
    }
}
