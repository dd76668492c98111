using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Auth;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class PasswordVerifierSpecs : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly PasswordVerifier _verifier;

    public PasswordVerifierSpecs()
    {
        _verifier = new PasswordVerifier(_time);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _verifier.Dispose();

    [Fact]
    public async Task A_good_password_costs_one_hash_a_minute()
    {
        var alice = Users.Of("alice");
        Assert.Equal(PasswordVerdict.Good, await VerifyAsync(alice, Users.Password));
        Assert.Equal(PasswordVerdict.Good, await VerifyAsync(alice, Users.Password));
        Assert.Equal(1, _verifier.Computed);

        _time.Advance(PasswordVerifier.Memory);
        Assert.Equal(PasswordVerdict.Good, await VerifyAsync(alice, Users.Password));
        Assert.Equal(2, _verifier.Computed);
    }

    [Fact]
    public async Task A_wrong_password_costs_a_hash_each_time_though_the_good_one_is_remembered()
    {
        var alice = Users.Of("alice");
        await VerifyAsync(alice, Users.Password);
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(alice, "wrong"));
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(alice, "wrong"));
        Assert.Equal(3, _verifier.Computed);
    }

    [Fact]
    public async Task A_user_that_there_is_not_costs_as_much()
    {
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(null, Users.Password));
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(Users.Of("alice") with { IsEnabled = false }, Users.Password));
        Assert.Equal(2, _verifier.Computed);
    }

    [Fact]
    public async Task A_remembered_password_is_forgotten_once_the_user_has_another_or_is_disabled()
    {
        var alice = Users.Of("alice");
        await VerifyAsync(alice, Users.Password);
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(alice with { IsEnabled = false }, Users.Password));
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(alice with { Password = PasswordHash.Create("another") }, Users.Password));
    }

    [Fact]
    public async Task A_flood_waits_for_its_turn_and_what_finds_no_room_is_told_at_once()
    {
        var flood = Enumerable.Range(0, PasswordVerifier.MaximumWaiting + 20).Select(_ => VerifyAsync(null, "guess").AsTask()).ToArray();
        var verdicts = await Task.WhenAll(flood);
        Assert.InRange(verdicts.Count(verdict => verdict == PasswordVerdict.Busy), 1, 20);
        Assert.Equal(verdicts.Count(verdict => verdict == PasswordVerdict.Bad), _verifier.Computed);
        Assert.Equal(PasswordVerdict.Bad, await VerifyAsync(null, "guess"));
    }

    private ValueTask<PasswordVerdict> VerifyAsync(UserRecord? user, string password) => _verifier.VerifyAsync(user, password, Cancelled);
}
