using System.Collections.Immutable;
using System.Security.Cryptography;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>What an administrator does with users. A method gives what is wrong, or null; it throws <see cref="UserDirectoryException"/> when the directory is away.</summary>
internal sealed class UserAccounts(IUserDirectory users)
{
    /// <summary>The fewest characters of a password.</summary>
    public const int MinimumPassword = 8;

    /// <summary>The most characters of a password.</summary>
    public const int MaximumPassword = 256;

    /// <summary>
    /// Rounds of SCRAM for a new password: the most that clients of Cyrus SASL go along with, such as Postfix (docs/adr/0013). Users that there are
    /// not are invented with as many.
    /// </summary>
    public const int ScramIterations = 65_536;

    /// <summary>All users, by name.</summary>
    public ValueTask<ImmutableArray<UserRecord>> ListAsync(CancellationToken cancellationToken) => users.ListAsync(cancellationToken);

    /// <summary>Adds a user.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="password">Their password.</param>
    /// <param name="identities">Whom they may send as; if none is given, their own name, which then must be an address.</param>
    /// <param name="rate">How many messages they may send, or null.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    public async ValueTask<string?> AddAsync(
        string name, string password, ImmutableArray<string> identities, string? rate, CancellationToken cancellationToken)
    {
        if (Check(name, identities, rate) is { } wrong)
        {
            return wrong;
        }

        if (!TryPrepare(password, out var prepared, out var why))
        {
            return why;
        }

        UserName.TryCanonicalise(name, out var canonical);
        var (hash, scram) = Hash(prepared);
        var limit = Rate.TryParse(rate, out var parsed) ? parsed : null;
        var user = new UserRecord(canonical!, hash, scram, ParseIdentities(canonical!, identities)) { Rate = limit };
        return await users.AddAsync(user, cancellationToken).ConfigureAwait(false) ? null : $"there is a user {canonical}";
    }

    /// <summary>Gives a user another password.</summary>
    public async ValueTask<string?> SetPasswordAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (!TryPrepare(password, out var prepared, out var why))
        {
            return why;
        }

        var (hash, scram) = Hash(prepared);
        return await ChangeAsync(name, user => user with { Password = hash, Scram = scram }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets a user log in, or not.</summary>
    public ValueTask<string?> SetEnabledAsync(string name, bool isEnabled, CancellationToken cancellationToken)
        => ChangeAsync(name, user => user with { IsEnabled = isEnabled }, cancellationToken);

    /// <summary>Removes a user.</summary>
    public async ValueTask<string?> RemoveAsync(string name, CancellationToken cancellationToken)
        => UserName.TryCanonicalise(name, out var canonical) && await users.RemoveAsync(canonical, cancellationToken).ConfigureAwait(false) ? null : Missing(name);

    private static string? Check(string name, ImmutableArray<string> identities, string? rate)
    {
        if (!UserName.TryCanonicalise(name, out var canonical))
        {
            return $"'{name}' can be no user's name: {UserName.Form}";
        }

        if (identities.FirstOrDefault(text => !SenderIdentity.TryParse(text, out _)) is { } identity)
        {
            return $"--identity: '{identity}' is not {SenderIdentity.Form}";
        }

        if (identities.IsEmpty && ParseIdentities(canonical, identities).IsEmpty)
        {
            return $"{canonical} is no address: say by --identity whom they may send as, {SenderIdentity.Form}";
        }

        return rate is null || Rate.TryParse(rate, out _) ? null : $"--rate: '{rate}' is not N/s, N/m, N/h or N/d";
    }

    private static string Missing(string name) => $"there is no user {name}";

    private static (PasswordHash Hash, ScramKeys Scram) Hash(string prepared)
        => (PasswordHash.Create(prepared), ScramKeys.Derive(prepared, RandomNumberGenerator.GetBytes(ScramKeys.SaltLength), ScramIterations));

    private static ImmutableArray<SenderIdentity> ParseIdentities(string name, ImmutableArray<string> identities)
    {
        var texts = identities.IsEmpty && name.IndexOf('@', StringComparison.Ordinal) > 0 ? [name] : identities;
        return [.. texts.Select(text => SenderIdentity.TryParse(text, out var identity) ? identity : null).OfType<SenderIdentity>().Distinct()];
    }

    private static bool TryPrepare(string password, out string prepared, out string? why)
    {
        var isGood = SaslPrep.TryPrepare(password, out var text) && text.Length is >= MinimumPassword and <= MaximumPassword;
        prepared = isGood ? text! : "";
        why = isGood ? null : $"a password has {MinimumPassword} to {MaximumPassword} characters, and no control characters";
        return isGood;
    }

    private async ValueTask<string?> ChangeAsync(string name, Func<UserRecord, UserRecord> change, CancellationToken cancellationToken)
        => UserName.TryCanonicalise(name, out var canonical) && await users.ChangeAsync(canonical, change, cancellationToken).ConfigureAwait(false) ? null : Missing(name);
}
