using Microsoft.Extensions.Configuration;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Tests.Auth;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

public sealed class AuthReaderSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_word_of_it_all_mechanisms_are_offered_under_tls_alone()
    {
        var (auth, errors) = Read();
        Assert.Empty(errors);
        Assert.Equal((null, false, null), (auth.UsersFile, auth.AllowWithoutTls, auth.Jwt));
        Assert.Equal(SaslMechanisms.All.AsEnumerable(), auth.Mechanisms);
        Assert.Equal(new LockOutSettings(10, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15)), auth.LockOut);
    }

    [Fact]
    public void Everything_can_be_said()
    {
        using var issuer = new TokenIssuer();
        File.WriteAllText(_directory["keys.json"], issuer.Keys());
        var (auth, errors) = Read(
            ("UsersFile", _directory["users.json"]), ("Mechanisms:0", "plain"), ("Mechanisms:1", "OAuthBearer"), ("AllowWithoutTls", "true"),
            ("Jwt:Issuer", "i"), ("Jwt:Audience", "a"), ("Jwt:KeysFile", _directory["keys.json"]), ("Jwt:UserClaim", "sub"), ("Jwt:Algorithms:0", "PS512"),
            ("LockOut:Failures", "5"), ("LockOut:Window", "00:01:00"), ("LockOut:Duration", "00:02:00"));
        Assert.Empty(errors);
        Assert.Equal(["PLAIN", "OAUTHBEARER"], auth.Mechanisms);
        Assert.Equal(("i", "a", _directory["keys.json"], "sub"), (auth.Jwt!.Issuer, auth.Jwt.Audience, auth.Jwt.KeysFile, auth.Jwt.UserClaim));
        Assert.Equal(["PS512"], auth.Jwt.Algorithms);
        Assert.Equal(new LockOutSettings(5, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)), auth.LockOut);
        Assert.Equal((_directory["users.json"], true), (auth.UsersFile, auth.AllowWithoutTls));
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var (_, errors) = Read(
            ("Mechanisms:0", "CRAM-MD5"), ("Mechanisms:1", "PLAIN"), ("Mechanisms:2", "PLAIN"), ("AllowWithoutTls", "maybe"),
            ("Jwt:Issuer", "i"), ("Jwt:Algorithms:0", "HS256"), ("Jwt:Secret", "x"),
            ("LockOut:Failures", "0"), ("LockOut:Window", "10"), ("Colour", "red"));
        Assert.Equal(
            [
                "Mta:Auth:AllowWithoutTls", "Mta:Auth:Colour", "Mta:Auth:Jwt:Algorithms", "Mta:Auth:Jwt:Algorithms:0", "Mta:Auth:Jwt:Audience", "Mta:Auth:Jwt:KeysFile",
                "Mta:Auth:Jwt:Secret", "Mta:Auth:LockOut:Failures", "Mta:Auth:LockOut:Window", "Mta:Auth:Mechanisms", "Mta:Auth:Mechanisms:0",
            ],
            errors.Select(error => error[..error.IndexOf(": ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_mechanism_of_tokens_takes_an_issuer()
    {
        var (_, errors) = Read(("Mechanisms:0", "XOAUTH2"));
        Assert.Equal(["Mta:Auth:Mechanisms: XOAUTH2 takes Jwt, which tells which tokens are good"], errors);
    }

    [Theory]
    [InlineData(null, null, "Mta:Auth:Jwt:KeysFile: ")]
    [InlineData("""{"keys":[]}""", null, "Mta:Auth:Jwt:KeysFile: ")]
    [InlineData("""{"keys":[]}""", """{"users":[{}]}""", "Mta:Auth:Jwt:KeysFile: ", "Mta:Auth:UsersFile: users[0].name: ")]
    [InlineData("good", "not json", "Mta:Auth:UsersFile: it is no list of users: line 1")]
    [InlineData("good", """{"users":[]}""")]
    [InlineData("good", null)]
    public void Files_that_no_node_could_work_with_are_errors_at_the_start(string? keys, string? users, params string[] expected)
    {
        using var issuer = new TokenIssuer();
        Write("keys.json", keys == "good" ? issuer.Keys() : keys);
        Write("users.json", users);
        var errors = new List<string>();
        MachineChecks.AddErrors(
            SettingsOf(errors, ("UsersFile", _directory["users.json"]), ("Jwt:Issuer", "i"), ("Jwt:Audience", "a"), ("Jwt:KeysFile", _directory["keys.json"])), errors);
        Assert.Equal(expected.Length, errors.Count);
        Assert.All(expected.Zip(errors, (start, error) => (start, error)), pair => Assert.StartsWith(pair.start, pair.error, StringComparison.Ordinal));
    }

    private void Write(string name, string? text)
    {
        if (text is not null)
        {
            File.WriteAllText(_directory[name], text);
        }
    }

    private static (AuthSettings Auth, List<string> Errors) Read(params (string Key, string Value)[] keys)
    {
        var errors = new List<string>();
        return (SettingsOf(errors, keys).Auth, errors);
    }

    private static NodeSettings SettingsOf(List<string> errors, params (string Key, string Value)[] keys)
    {
        var configuration = keys.Select(key => KeyValuePair.Create("Mta:Auth:" + key.Key, (string?)key.Value));
        return SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(), errors);
    }
}
