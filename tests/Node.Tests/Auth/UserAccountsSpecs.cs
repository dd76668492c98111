using MtaCluster.Node.Auth;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class UserAccountsSpecs
{
    private readonly MemoryDirectory _users = new();
    private readonly UserAccounts _accounts;

    public UserAccountsSpecs()
    {
        _accounts = new UserAccounts(_users);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_that_is_added_has_both_kinds_of_keys_and_sends_as_themselves()
    {
        Assert.Null(await _accounts.AddAsync("Alice@Example.net", Users.Password, [], "100/h", Cancelled));
        var alice = Assert.Single(await _accounts.ListAsync(Cancelled));
        Assert.True(alice.Password.Matches(Users.Password));
        Assert.Equal(UserAccounts.ScramIterations, alice.Scram!.Iterations);
        Assert.Equal(("alice@example.net", "100/h"), (alice.Name, alice.Rate?.ToString()));
        Assert.Equal([Users.Identity("alice@example.net")], alice.Identities);
        Assert.Equal("there is a user alice@example.net", await _accounts.AddAsync("ALICE@example.net", Users.Password, [], null, Cancelled));
    }

    [Theory]
    [InlineData("a b", Users.Password, "*", null, "'a b' can be no user's name")]
    [InlineData("bob", Users.Password, null, null, "bob is no address: say by --identity")]
    [InlineData("bob", Users.Password, "bob", null, "--identity: 'bob' is not")]
    [InlineData("bob", Users.Password, "*", "much", "--rate: 'much' is not")]
    [InlineData("bob", "short", "*", null, "a password has 8 to 256 characters")]
    [InlineData("bob", "with\ttab and more", "*", null, "a password has 8 to 256 characters")]
    public async Task What_is_wrong_is_told_and_nobody_is_added(string name, string password, string? identity, string? rate, string expected)
    {
        var wrong = await _accounts.AddAsync(name, password, identity is null ? [] : [identity], rate, Cancelled);
        Assert.StartsWith(expected, wrong, StringComparison.Ordinal);
        Assert.Empty(await _accounts.ListAsync(Cancelled));
    }

    [Fact]
    public async Task A_user_gets_another_password_is_disabled_enabled_and_removed()
    {
        await _accounts.AddAsync("bob", Users.Password, ["*", "*", "@example.net"], null, Cancelled);
        Assert.Equal(2, (await _accounts.ListAsync(Cancelled))[0].Identities.Length);
        Assert.Null(await _accounts.SetPasswordAsync("Bob", "another password", Cancelled));
        Assert.Null(await _accounts.SetEnabledAsync("bob", false, Cancelled));
        var bob = Assert.Single(await _accounts.ListAsync(Cancelled));
        Assert.Equal((true, false, false), (bob.Password.Matches("another password"), bob.Password.Matches(Users.Password), bob.IsEnabled));
        Assert.Null(await _accounts.SetEnabledAsync("bob", true, Cancelled));
        Assert.Null(await _accounts.RemoveAsync("bob", Cancelled));
        Assert.Equal("there is no user bob", await _accounts.RemoveAsync("bob", Cancelled));
        Assert.Equal("there is no user bob", await _accounts.SetPasswordAsync("bob", "another password", Cancelled));
        Assert.Equal("there is no user b b", await _accounts.SetEnabledAsync("b b", true, Cancelled));
    }
}
