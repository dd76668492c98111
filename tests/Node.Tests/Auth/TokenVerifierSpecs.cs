using System.Text;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class TokenVerifierSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordingLogger _log = new();
    private readonly TokenIssuer _issuer = new();
    private readonly TokenVerifier _verifier;

    public TokenVerifierSpecs()
    {
        File.WriteAllText(KeysFile, _issuer.Keys());
        _verifier = new TokenVerifier(TokenIssuer.Settings(KeysFile), _time, _log);
    }

    private string KeysFile => _directory["keys.json"];

    private DateTimeOffset Now => _time.GetUtcNow();

    public void Dispose()
    {
        _directory.Dispose();
        _issuer.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_good_token_says_who_it_is()
        => Assert.Equal("alice@example.net", (await _verifier.VerifyAsync(_issuer.Issue(Now, email: "Alice@Example.net"))).Name);

    [Fact]
    public async Task Everything_that_is_wrong_with_a_token_makes_it_bad()
    {
        using var other = new TokenIssuer();
        var good = _issuer.Issue(Now);
        var parts = good.Split('.');
        var forged = $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("alice", "mallory", StringComparison.Ordinal))}.{parts[2]}";
        var unsigned = $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.";
        foreach (var token in new[]
        {
            "", "x", "a.b.c", good + "x", good[..^4], forged, unsigned,
            other.Issue(Now),
            _issuer.IssueByPublicKey(Now),
            _issuer.Issue(Now, algorithm: "RS384"),
            _issuer.Issue(Now, issuer: "https://other.example"),
            _issuer.Issue(Now, audience: "imap.example.net"),
            _issuer.Issue(Now, email: null),
            _issuer.Issue(Now, email: "a b"),
            _issuer.Issue(Now, claims: new() { ["email_verified"] = false }),
            _issuer.Issue(Now, claims: new() { ["filler"] = new string('x', 10_000) }),
        })
        {
            var verdict = await _verifier.VerifyAsync(token);
            Assert.Null(verdict.Name);
            Assert.False(verdict.IsUnavailable);
            Assert.True(token.Length < 10 || !verdict.Reason.Contains(token, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_token_is_good_within_its_times_and_half_a_minute_around_them()
    {
        var token = _issuer.Issue(Now, validFor: TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromMinutes(5) + TokenVerifier.Skew - TimeSpan.FromSeconds(1));
        Assert.NotNull((await _verifier.VerifyAsync(token)).Name);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await _verifier.VerifyAsync(token)).Name);

        Assert.NotNull((await _verifier.VerifyAsync(_issuer.Issue(Now + TokenVerifier.Skew))).Name);
        Assert.Null((await _verifier.VerifyAsync(_issuer.Issue(Now + TokenVerifier.Skew + TimeSpan.FromSeconds(1)))).Name);
    }

    [Fact]
    public async Task New_keys_are_taken_up_and_bad_ones_leave_the_old()
    {
        using var other = new TokenIssuer();
        Assert.NotNull((await _verifier.VerifyAsync(_issuer.Issue(Now))).Name);
        await File.WriteAllTextAsync(KeysFile, "not json", TestContext.Current.CancellationToken);
        Assert.NotNull((await _verifier.VerifyAsync(_issuer.Issue(Now))).Name);
        Assert.Contains("is no JSON Web Key Set", await _log.WaitForAsync("TokenKeysBad"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(KeysFile, other.Keys() + "\n", TestContext.Current.CancellationToken);
        Assert.NotNull((await _verifier.VerifyAsync(other.Issue(Now))).Name);
        Assert.Null((await _verifier.VerifyAsync(_issuer.Issue(Now))).Name);
    }

    [Fact]
    public async Task Without_keys_nobody_knows()
    {
        File.Delete(KeysFile);
        var verdict = await new TokenVerifier(TokenIssuer.Settings(KeysFile), _time, _log).VerifyAsync(_issuer.Issue(Now));
        Assert.True(verdict.IsUnavailable);
    }

    [Fact]
    public void A_set_of_shared_secrets_is_none()
    {
        var secret = Base64UrlEncoder.Encode(Encoding.ASCII.GetBytes(new string('k', 32)));
        File.WriteAllText(KeysFile, $$"""{"keys":[{"kty":"oct","kid":"a","k":"{{secret}}"}]}""");
        Assert.Throws<InvalidDataException>(() => TokenKeys.Read(KeysFile));
    }
}
