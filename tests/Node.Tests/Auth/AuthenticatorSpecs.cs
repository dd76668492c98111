using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class AuthenticatorSpecs : IDisposable
{
    private static readonly LockOutSettings s_lockOut = new(3, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15));
    private static readonly AuthSettings s_settings = new(null, SaslMechanisms.All, false, null, s_lockOut);
    private static readonly ChannelBindings s_bindings = new(new byte[] { 1, 2, 3 }, ReadOnlyMemory<byte>.Empty);
    private static readonly AuthenticationContext s_tls = new(IPAddress.Parse("192.0.2.1"), "c1", true, s_bindings);
    private static readonly AuthenticationContext s_clear = s_tls with { IsTlsActive = false, Bindings = null };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordingLogger _log = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TokenIssuer _issuer = new();
    private readonly MemoryDirectory _users = new(
        Users.Of("alice@example.net", "@example.net"), Users.Of("dora", "*") with { IsEnabled = false }, Users.Of("nokeys", "*") with { Scram = null });

    private readonly PasswordVerifier _passwords;

    public AuthenticatorSpecs()
    {
        _passwords = new PasswordVerifier(_time);
        File.WriteAllText(_directory["keys.json"], _issuer.Keys());
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _passwords.Dispose();
        _directory.Dispose();
        _issuer.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Without_tls_nothing_is_offered_unless_the_operator_allows_it()
    {
        Assert.Empty(Create().Mechanisms(s_clear));
        Assert.Equal(["SCRAM-SHA-256", "PLAIN", "LOGIN"], Create(s_settings with { AllowWithoutTls = true }).Mechanisms(s_clear));
        Assert.Equal(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"], Create().Mechanisms(s_tls));
        Assert.Equal(["SCRAM-SHA-256", "PLAIN", "LOGIN"], Create().Mechanisms(s_tls with { Bindings = null }));
        Assert.Equal(["PLAIN"], Create(s_settings with { Mechanisms = ["PLAIN"] }).Mechanisms(s_tls));
        Assert.Equal(SaslMechanisms.All.AsEnumerable(), Create(withTokens: true).Mechanisms(s_tls));
    }

    [Theory]
    [InlineData("PLAIN", false, nameof(AuthenticationFault.TlsNeeded), 538)]
    [InlineData("scram-sha-256-plus", false, nameof(AuthenticationFault.TlsNeeded), 538)]
    [InlineData("CRAM-MD5", true, nameof(AuthenticationFault.UnknownMechanism), 504)]
    [InlineData("OAUTHBEARER", true, nameof(AuthenticationFault.UnknownMechanism), 504)]
    public async Task What_is_not_offered_is_refused(string mechanism, bool isTlsActive, string fault, int code)
    {
        var expected = Enum.Parse<AuthenticationFault>(fault);
        var step = await Create().Begin(mechanism, isTlsActive ? s_tls : s_clear).StartAsync(null, Cancelled);
        Assert.Equal(new AuthenticationStep.Failed(expected, TimeSpan.Zero), step);
        Assert.Equal(code, AuthenticationReplies.Of(expected).Reply.Code);
        Assert.Empty(_users.Asked);
    }

    [Fact]
    public async Task A_user_logs_in_by_their_password()
    {
        var user = Assert.IsType<AuthenticationStep.Succeeded>(await PlainAsync(Create(), "Alice@Example.NET", Users.Password)).User;
        Assert.Equal(("alice@example.net", "PLAIN"), (user.Name, user.Mechanism));
        Assert.Equal([Users.Identity("@example.net")], user.Identities);

        var login = Create().Begin("login", s_tls);
        Assert.Equal("Username:", Challenge(await login.StartAsync(null, Cancelled)));
        Assert.Equal("Password:", Challenge(await login.StepAsync("alice@example.net"u8.ToArray(), Cancelled)));
        Assert.IsType<AuthenticationStep.Succeeded>(await login.StepAsync(Encoding.UTF8.GetBytes(Users.Password), Cancelled));
        Assert.DoesNotContain(Users.Password, await _log.WaitForAsync("AuthSucceeded"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice@example.net", "mistyped")]
    [InlineData("nobody", Users.Password)]
    [InlineData("dora", Users.Password)]
    [InlineData("no body", Users.Password)]
    [InlineData("", Users.Password)]
    public async Task Whoever_is_not_a_user_with_that_password_hears_the_same(string name, string password)
    {
        var failed = Assert.IsType<AuthenticationStep.Failed>(await PlainAsync(Create(), name, password));
        Assert.Equal(new AuthenticationStep.Failed(AuthenticationFault.BadCredentials, TimeSpan.FromSeconds(1)), failed);
        Assert.Equal(535, AuthenticationReplies.Of(failed.Fault).Reply.Code);
        Assert.Equal(name.Length > 0 ? 1 : 0, _passwords.Computed);
        Assert.DoesNotContain(password, await _log.WaitForAsync("AuthFailed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_gets_slower_and_is_then_stopped_for_users_and_for_others_alike()
    {
        foreach (var name in new[] { "alice@example.net", "nobody" })
        {
            var authenticator = Create();
            var delays = new[] { await Delay(), await Delay(), await Delay() };
            Assert.Equal([1, 2, 4], delays);
            var locked = Assert.IsType<AuthenticationStep.Failed>(await PlainAsync(authenticator, name, Users.Password));
            Assert.Equal(AuthenticationFault.TooManyFailures, locked.Fault);
            Assert.Equal(421, AuthenticationReplies.Of(locked.Fault).Reply.Code);
            Assert.Equal(AuthenticationFault.TooManyFailures, Fault(await ScramAsync(authenticator, name, Users.Password)));

            async Task<int> Delay() => (int)Assert.IsType<AuthenticationStep.Failed>(await PlainAsync(authenticator, name, "guess")).Delay.TotalSeconds;
        }

        Assert.Equal(6, _passwords.Computed);
    }

    [Fact]
    public async Task A_network_that_guesses_at_many_names_is_stopped_but_for_those_who_have_logged_in_there()
    {
        var authenticator = Create();
        Assert.IsType<AuthenticationStep.Succeeded>(await PlainAsync(authenticator, "alice@example.net", Users.Password));
        for (var i = 0; i < s_lockOut.Failures * GuessingGuard.NetworkFactor; i++)
        {
            Assert.Equal(AuthenticationFault.BadCredentials, Fault(await PlainAsync(authenticator, $"user{i}", "")));
        }

        Assert.Equal(AuthenticationFault.TooManyFailures, Fault(await PlainAsync(authenticator, "nobody", Users.Password)));
        Assert.IsType<AuthenticationStep.Succeeded>(await PlainAsync(authenticator, "alice@example.net", Users.Password));
        var elsewhere = authenticator.Begin("PLAIN", s_tls with { Client = IPAddress.Parse("192.0.2.2") });
        Assert.Equal(AuthenticationFault.BadCredentials, Fault(await elsewhere.StartAsync("\0nobody\0x"u8.ToArray(), Cancelled)));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", "n,,")]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-exporter,,")]
    public async Task SCRAM_ends_with_the_proof_of_the_server_and_an_empty_response(string mechanism, string header)
    {
        var step = await ScramAsync(Create(), "alice@example.net", Users.Password, mechanism, header);
        Assert.Equal(("alice@example.net", mechanism), (Assert.IsType<AuthenticationStep.Succeeded>(step).User.Name, ((AuthenticationStep.Succeeded)step).User.Mechanism));
        Assert.Equal(AuthenticationFault.BadCredentials, Fault(await ScramAsync(Create(), "alice@example.net", Users.Password, mechanism, header, last: "x")));
    }

    [Theory]
    [InlineData("alice@example.net", "mistyped")]
    [InlineData("nobody", Users.Password)]
    [InlineData("dora", Users.Password)]
    [InlineData("nokeys", Users.Password)]
    public async Task SCRAM_fails_at_the_proof_whoever_it_is(string name, string password)
        => Assert.Equal(AuthenticationFault.BadCredentials, Fault(await ScramAsync(Create(), name, password)));

    [Fact]
    public async Task SCRAM_shows_a_user_that_there_is_not_the_same_salt_each_time()
    {
        Assert.Equal(await SaltAsync("nobody"), await SaltAsync("Nobody"));
        Assert.Equal(await SaltAsync("nobody"), await SaltAsync("nobody"));
        Assert.NotEqual(await SaltAsync("nobody"), await SaltAsync("anybody"));

        async Task<string> SaltAsync(string name)
        {
            var challenge = Challenge(await Create().Begin("SCRAM-SHA-256", s_tls).StartAsync(Encoding.UTF8.GetBytes($"n,,n={name},r=x"), Cancelled));
            return challenge[challenge.IndexOf(",s=", StringComparison.Ordinal)..];
        }
    }

    [Fact]
    public async Task A_directory_that_is_away_is_a_temporary_failure_and_no_wrong_password()
    {
        _users.IsAway = true;
        var authenticator = Create();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(new AuthenticationStep.Failed(AuthenticationFault.Unavailable, TimeSpan.Zero), await PlainAsync(authenticator, "alice@example.net", "x"));
            Assert.Equal(AuthenticationFault.Unavailable, Fault(await ScramAsync(authenticator, "alice@example.net", "x")));
        }

        _users.IsAway = false;
        Assert.IsType<AuthenticationStep.Succeeded>(await PlainAsync(authenticator, "alice@example.net", Users.Password));
        Assert.Equal(454, AuthenticationReplies.Of(AuthenticationFault.Unavailable).Reply.Code);
    }

    [Fact]
    public async Task A_token_logs_its_user_in()
    {
        var known = Assert.IsType<AuthenticationStep.Succeeded>(await BearerAsync("n,a=alice@example.net,", _issuer.Issue(_time.GetUtcNow()))).User;
        Assert.Equal([Users.Identity("@example.net")], known.Identities);
        var own = Assert.IsType<AuthenticationStep.Succeeded>(await BearerAsync("n,,", _issuer.Issue(_time.GetUtcNow(), email: "zoe@example.org"))).User;
        Assert.Equal([Users.Identity("zoe@example.org")], own.Identities);
    }

    [Fact]
    public async Task A_token_that_is_not_good_or_somebody_elses_does_not()
    {
        foreach (var (header, token) in new[]
        {
            ("n,,", "abc"),
            ("n,a=bob@example.net,", _issuer.Issue(_time.GetUtcNow())),
            ("n,,", _issuer.Issue(_time.GetUtcNow(), email: "dora")),
        })
        {
            Assert.Equal(AuthenticationFault.BadCredentials, Fault(await BearerAsync(header, token)));
        }
    }

    [Fact]
    public async Task After_its_end_an_exchange_opens_nothing()
    {
        var exchange = Create().Begin("PLAIN", s_tls);
        await exchange.StartAsync("\0alice@example.net\0wrong"u8.ToArray(), Cancelled);
        var again = await exchange.StepAsync(Encoding.UTF8.GetBytes($"\0alice@example.net\0{Users.Password}"), Cancelled);
        Assert.Equal(AuthenticationFault.BadCredentials, Fault(again));
    }

    private static string Challenge(AuthenticationStep step) => Encoding.UTF8.GetString(Assert.IsType<AuthenticationStep.Challenge>(step).Data.Span);

    private static AuthenticationFault Fault(AuthenticationStep step) => Assert.IsType<AuthenticationStep.Failed>(step).Fault;

    private static async Task<AuthenticationStep> PlainAsync(Authenticator authenticator, string name, string password)
        => await authenticator.Begin("PLAIN", s_tls).StartAsync(Encoding.UTF8.GetBytes($"\0{name}\0{password}"), Cancelled);

    private static async Task<AuthenticationStep> ScramAsync(
        Authenticator authenticator, string name, string password, string mechanism = "SCRAM-SHA-256", string header = "n,,", string last = "")
    {
        var exchange = authenticator.Begin(mechanism, s_tls);
        var step = await exchange.StartAsync(Encoding.UTF8.GetBytes($"{header}n={name},r=abc"), Cancelled);
        if (step is not AuthenticationStep.Challenge)
        {
            return step;
        }

        var first = Challenge(step);
        var parts = first.Split(',').ToDictionary(part => part[0], part => part[2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(parts['s']), int.Parse(parts['i'], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        byte[] binding = header[0] == 'p' ? [.. Encoding.ASCII.GetBytes(header), .. s_bindings.TlsExporter.Span] : Encoding.ASCII.GetBytes(header);
        var final = $"c={Convert.ToBase64String(binding)},r={parts['r']}";
        var key = HMACSHA256.HashData(salted, "Client Key"u8);
        var signature = HMACSHA256.HashData(SHA256.HashData(key), Encoding.UTF8.GetBytes($"n={name},r=abc,{first},{final}"));
        var proof = Convert.ToBase64String([.. key.Zip(signature, (one, other) => (byte)(one ^ other))]);
        step = await exchange.StepAsync(Encoding.UTF8.GetBytes($"{final},p={proof}"), Cancelled);
        return step is AuthenticationStep.Challenge ? await exchange.StepAsync(Encoding.UTF8.GetBytes(last), Cancelled) : step;
    }

    private async Task<AuthenticationStep> BearerAsync(string header, string token)
    {
        var exchange = Create(withTokens: true).Begin("OAUTHBEARER", s_tls);
        var step = await exchange.StartAsync(Encoding.UTF8.GetBytes($"{header}\u0001auth=Bearer {token}\u0001\u0001"), Cancelled);
        return step is AuthenticationStep.Challenge ? await exchange.StepAsync("\u0001"u8.ToArray(), Cancelled) : step;
    }

    private Authenticator Create(AuthSettings? settings = null, bool withTokens = false)
    {
        var tokens = withTokens ? new TokenVerifier(TokenIssuer.Settings(_directory["keys.json"]), _time, _log) : null;
        return new Authenticator(settings ?? s_settings, new AuthenticationServices(_users, _passwords, tokens, new GuessingGuard(s_lockOut, _time)), _log);
    }
}
