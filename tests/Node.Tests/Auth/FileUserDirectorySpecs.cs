using System.Text;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class FileUserDirectorySpecs : UserDirectoryContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _log = new();
    private readonly List<FileUserDirectory> _open = [];

    private string File => _directory["users.json"];

    public void Dispose()
    {
        _open.ForEach(directory => directory.Dispose());
        _directory.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task It_is_read_again_when_it_has_changed()
    {
        var (ours, theirs) = (await OpenAsync(), await OpenAsync());
        Assert.Empty(await theirs.ListAsync(Cancelled));
        await ours.AddAsync(Users.Of("alice", "*"), Cancelled);
        Assert.NotNull(await theirs.FindAsync("alice", Cancelled));
        System.IO.File.Delete(File);
        Assert.Null(await theirs.FindAsync("alice", Cancelled));
    }

    [Fact]
    public async Task One_that_is_bad_leaves_the_users_as_they_were_and_is_not_written_over()
    {
        var users = await OpenAsync();
        await users.AddAsync(Users.Of("alice", "*"), Cancelled);
        Assert.NotNull(await users.FindAsync("alice", Cancelled));

        await System.IO.File.WriteAllTextAsync(File, """{ "users": [ { "name": "bob", "password": "hunter2secret" } ] }""", Cancelled);
        Assert.NotNull(await users.FindAsync("alice", Cancelled));
        var line = await _log.WaitForAsync("UsersFileBad");
        Assert.Contains("users[0].password", line, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserDirectoryException>(async () => await users.AddAsync(Users.Of("carol", "*"), Cancelled));
        Assert.Contains("hunter2", await System.IO.File.ReadAllTextAsync(File, Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_never_good_is_no_directory_without_users()
    {
        await System.IO.File.WriteAllTextAsync(File, "{", Cancelled);
        var users = await OpenAsync();
        await Assert.ThrowsAsync<UserDirectoryException>(async () => await users.FindAsync("alice", Cancelled));
    }

    [Fact]
    public async Task Its_files_are_for_their_owner_alone()
    {
        var users = await OpenAsync();
        await users.AddAsync(Users.Of("alice", "*"), Cancelled);
        await users.GetSecretAsync(Cancelled);
        Assert.All([File, _directory["auth-secret"]], path => Assert.False(PrivateFile.IsExposed(path)));
        Assert.Equal(["auth-secret", "users.json"], Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(_log.Has("UsersFileExposed"));
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await (await OpenAsync()).FindAsync("alice", Cancelled);
        Assert.Contains("can be read by others", await _log.WaitForAsync("UsersFileExposed"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "it is empty")]
    [InlineData("[]", "it is no list of users: line 1")]
    [InlineData("""{ "users": [ null ] }""", "users[0].name")]
    [InlineData("""{ "users": [ { "name": "a b", "password": "@" } ] }""", "users[0].name")]
    [InlineData("""{ "users": [ { "name": "a" } ] }""", "users[0].password")]
    [InlineData("""{ "users": [ { "name": "a", "password": "@", "scram": "x" } ] }""", "users[0].scram")]
    [InlineData("""{ "users": [ { "name": "a", "password": "@", "rate": "much" } ] }""", "users[0].rate")]
    [InlineData("""{ "users": [ { "name": "a", "password": "@", "identities": ["*", "b"] } ] }""", "users[0].identities[1]")]
    [InlineData("""{ "users": [ { "name": "a", "password": "@" }, { "name": "A", "password": "@" } ] }""", "users[1].name: another user is a")]
    [InlineData("""{ "users": [ { "name": "a", "passwort": "@" } ] }""", "it is no list of users: line 1")]
    public void What_is_wrong_is_told_by_its_place(string text, string expected)
    {
        var hash = PasswordHash.CreateUnmatched().ToString();
        var bad = Assert.Throws<InvalidDataException>(() => UsersDocument.Parse(Encoding.UTF8.GetBytes(text.Replace("@", hash, StringComparison.Ordinal))));
        Assert.StartsWith(expected, bad.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(hash, bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_may_be_written_by_hand()
    {
        var users = UsersDocument.Parse(Encoding.UTF8.GetBytes($$"""
            {
              // who sends
              "users": [ { "name": "Alice@Example.net", "password": "{{PasswordHash.CreateUnmatched()}}" }, ]
            }
            """));
        var alice = users["alice@example.net"];
        Assert.Equal((true, null, 0), (alice.IsEnabled, alice.Scram, alice.Identities.Length));
    }

    private protected override Task<IUserDirectory> OpenAsync()
    {
        _open.Add(new FileUserDirectory(File, _directory["auth-secret"], _log));
        return Task.FromResult<IUserDirectory>(_open[^1]);
    }
}
