using MtaCluster.Actors.Routing;
using MtaCluster.Node.Auth;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

/// <summary>What every directory of users does.</summary>
public abstract class UserDirectoryContract
{
    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected abstract Task<IUserDirectory> OpenAsync();

    [Fact]
    public async Task A_user_is_added_once_found_changed_and_removed()
    {
        var users = await OpenAsync();
        var alice = Users.Of("alice@example.net", "alice@example.net", "@example.org") with { Rate = new Rate(100, TimeSpan.FromHours(1)) };
        Assert.Null(await users.FindAsync(alice.Name, Cancelled));
        Assert.True(await users.AddAsync(alice, Cancelled));
        Assert.False(await users.AddAsync(Users.Of(alice.Name, "*"), Cancelled));
        AssertSame(alice, await users.FindAsync(alice.Name, Cancelled));

        Assert.True(await users.ChangeAsync(alice.Name, user => user with { IsEnabled = false, Scram = null, Rate = null }, Cancelled));
        AssertSame(alice with { IsEnabled = false, Scram = null, Rate = null }, await users.FindAsync(alice.Name, Cancelled));

        Assert.True(await users.AddAsync(Users.Of("aaron", "*"), Cancelled));
        Assert.Equal(["aaron", alice.Name], (await users.ListAsync(Cancelled)).Select(user => user.Name));

        Assert.True(await users.RemoveAsync(alice.Name, Cancelled));
        Assert.False(await users.RemoveAsync(alice.Name, Cancelled));
        Assert.False(await users.ChangeAsync(alice.Name, user => user, Cancelled));
        Assert.Null(await users.FindAsync(alice.Name, Cancelled));
    }

    [Fact]
    public async Task Its_secret_stays()
    {
        var secret = await (await OpenAsync()).GetSecretAsync(Cancelled);
        Assert.Equal(32, secret.Length);
        Assert.Equal(secret, await (await OpenAsync()).GetSecretAsync(Cancelled));
    }

    [Fact]
    public async Task Users_that_are_added_at_once_are_all_there()
    {
        var users = await OpenAsync();
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await users.AddAsync(Users.Of($"user{i % 4}", "*"), Cancelled))));
        Assert.Equal((4, 4), (added.Count(isAdded => isAdded), (await users.ListAsync(Cancelled)).Length));
    }

    private static void AssertSame(UserRecord expected, UserRecord? found)
    {
        Assert.NotNull(found);
        Assert.Equal(
            (expected.Name, expected.Password.ToString(), expected.Scram?.ToString(), expected.IsEnabled, expected.Rate),
            (found.Name, found.Password.ToString(), found.Scram?.ToString(), found.IsEnabled, found.Rate));
        Assert.Equal(expected.Identities.AsEnumerable(), found.Identities);
    }
}
