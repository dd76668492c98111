using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Admin;

public sealed class AdminTokensSpecs : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mta-admin.");

    private string TokenFile => Path.Combine(_directory.FullName, "data", "admin-token");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void The_first_start_makes_a_token_that_its_owner_alone_can_read_and_the_next_keeps_it()
    {
        var tokens = Open();
        var token = File.ReadAllText(TokenFile).Trim();

        Assert.Equal(43, token.Length);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(TokenFile) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(("local", AdminRole.Operator), tokens.Find("Bearer " + token));
        Assert.Equal(("local", AdminRole.Operator), Open().Find("bearer " + token));
        Assert.Equal(token, File.ReadAllText(TokenFile).Trim());
    }

    [Fact]
    public void An_empty_token_file_is_no_token()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(TokenFile)!);
        File.WriteAllText(TokenFile, "\n");

        var tokens = Open();

        Assert.Null(tokens.Find("Bearer "));
        Assert.NotNull(tokens.Find("Bearer " + File.ReadAllText(TokenFile).Trim()));
    }

    [Fact]
    public void Configured_tokens_are_known_by_their_digests()
    {
        var tokens = Open(("alice", "viewer", "a-token"), ("bob", "Operator", "b-token"));

        Assert.Equal(("alice", AdminRole.Viewer), tokens.Find("Bearer a-token"));
        Assert.Equal(("bob", AdminRole.Operator), tokens.Find("Bearer b-token"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer a-tokem")]
    [InlineData("Basic a-token")]
    [InlineData("a-token")]
    public void Anything_else_is_nobody(string? authorization)
    {
        Assert.Null(Open(("alice", "viewer", "a-token")).Find(authorization));
        Assert.Null(Open(("alice", "viewer", "a-token")).Find("Bearer " + new string('x', 10_000)));
    }

    private AdminTokens Open(params (string Name, string Role, string Token)[] configured)
    {
        var keys = new Dictionary<string, string?> { ["Mta:DataDirectory"] = Path.GetDirectoryName(TokenFile) };
        foreach (var (i, (name, role, token)) in configured.Index())
        {
            keys[$"Mta:Admin:Tokens:{i}:Name"] = name;
            keys[$"Mta:Admin:Tokens:{i}:Role"] = role;
            keys[$"Mta:Admin:Tokens:{i}:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        }

        var errors = new List<string>();
        var settings = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), errors);
        Assert.Empty(errors);
        return AdminTokens.Open(settings, NullLogger.Instance);
    }
}
