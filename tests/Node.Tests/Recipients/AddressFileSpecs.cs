using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Recipients;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class AddressFileSpecs : IDisposable
{
    private readonly RecipientFiles _files = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow.AddDays(1));

    public void Dispose() => _files.Dispose();

    private AddressFile Open(AddressFileKind kind, string text)
    {
        Put(text);
        return new AddressFile(_files["map"], kind, _time, _files.Log);
    }

    // No two writes are of one moment.
    private void Put(string text)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        File.WriteAllText(_files["new"], text);
        File.SetLastWriteTimeUtc(_files["new"], _time.GetUtcNow().UtcDateTime);
        File.Move(_files["new"], _files["map"], overwrite: true);
    }

    private async Task LookAsync(AddressFile file)
    {
        _time.Advance(TimeSpan.FromSeconds(3));
        await file.RefreshAsync();
    }

    private static string[] Errors(AddressFileKind kind, string text) => [.. new AddressFileParser(kind).Read(new StringReader(text)).Errors];

    [Theory]
    [InlineData("ann@example.net", Presence.Known)]
    [InlineData("Ann@Example.NET", Presence.Known)]
    [InlineData("bob@example.net", Presence.Known)]
    [InlineData("bob@other.example", Presence.Known)]
    [InlineData("carol@example.net", Presence.Known)]
    [InlineData("\"d d\"@example.net", Presence.Known)]
    [InlineData("anybody@whole.example", Presence.Known)]
    [InlineData("J\u00dcRGEN@example.net", Presence.Known)]
    [InlineData("ann@other.example", Presence.Unknown)]
    [InlineData("eve@example.net", Presence.Unknown)]
    [InlineData("ok@example.net", Presence.Unknown)]
    [InlineData("anybody@sub.whole.example", Presence.Unknown)]
    public void A_file_of_users_has_addresses_names_and_whole_domains(string mailbox, Presence expected)
    {
        var file = Open(AddressFileKind.Users, "# users\n\nANN@example.net OK\r\nbob\ncarol@example.net\t12 apples\nj\u00fcrgen\n\"d d\"@example.net\n@whole.example  x\n  # done\nbob\n");
        Assert.Equal(expected, file.FindUser(RecipientFiles.Box(mailbox)));
        Assert.Equal(6, file.Count);
    }

    [Theory]
    [InlineData("sales@example.net", "ann@example.net bob@other.example")]
    [InlineData("SALES@sub.example.net", "ann@sub.example.net bob@other.example")]
    [InlineData("info@example.net", "x@y.example")]
    [InlineData("info@example.org", "")]
    [InlineData("long@example.net", "a@example.net b@example.net c@example.net")]
    [InlineData("quoted name@example.net", "")]
    [InlineData("tab@example.net", "\"a, b\"@example.net c@example.net")]
    public void A_file_of_aliases_is_written_as_in_etc_aliases_or_as_in_a_virtual_map(string alias, string expected)
    {
        var file = Open(AddressFileKind.Aliases, """
            # aliases
            sales: ann, bob@other.example
            info@example.net   x@y.example
            long:
              a,
              # not a target
              b,c
            tab : "a, b"@example.net,c
            """);
        if (MtaCluster.Protocol.Address.Mailbox.TryParse(alias, out var mailbox))
        {
            Assert.Equal(expected, string.Join(' ', file.FindAlias(mailbox).Targets));
        }
        else
        {
            Assert.Empty(expected);
        }
    }

    [Theory]
    [InlineData(AddressFileKind.Users, "ann\nbob bob\n@\n", "line 3: \"@\" is no address")]
    [InlineData(AddressFileKind.Users, "a..b\n", "line 1: \"a..b\" is no address")]
    [InlineData(AddressFileKind.Users, " ann\n", "line 1: it goes on a line that is not there")]
    [InlineData(AddressFileKind.Aliases, "a: |/bin/rm\n", "line 1: \"|/bin/rm\": programs, files and lists are not delivered to")]
    [InlineData(AddressFileKind.Aliases, "a: \"|/bin/rm -r\"\n", "line 1: \"\"|/bin/rm -r\"\": programs, files and lists are not delivered to")]
    [InlineData(AddressFileKind.Aliases, "a: /dev/null\n", "line 1: \"/dev/null\": programs, files and lists are not delivered to")]
    [InlineData(AddressFileKind.Aliases, "a: :include:/x\n", "line 1: \":include:/x\": programs, files and lists are not delivered to")]
    [InlineData(AddressFileKind.Aliases, "a:\n", "line 1: the alias stands for nothing")]
    [InlineData(AddressFileKind.Aliases, "a: b\nA: c\n", "line 2: \"a\" is there already")]
    [InlineData(AddressFileKind.Aliases, "a: b c\n", "line 1: \"b c\" is no address")]
    public void What_is_wrong_with_a_file_is_told_by_line(AddressFileKind kind, string text, string error) =>
        Assert.Equal(error, Assert.Single(Errors(kind, text)));

    [Fact]
    public void Of_very_many_errors_the_first_are_told()
    {
        var errors = Errors(AddressFileKind.Users, string.Concat(Enumerable.Repeat("..\n", 1000)));
        Assert.Equal(11, errors.Length);
        Assert.Equal("and 990 errors more", errors[^1]);
    }

    [Fact]
    public async Task A_file_that_changed_is_read_again()
    {
        var file = Open(AddressFileKind.Users, "ann\n");
        Assert.Equal(Presence.Unknown, file.FindUser(RecipientFiles.Box("bob@example.net")));
        Put("bob\n");
        await LookAsync(file);
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("bob@example.net")));
        Assert.Equal(Presence.Unknown, file.FindUser(RecipientFiles.Box("ann@example.net")));
    }

    [Fact]
    public async Task A_look_up_makes_it_look_for_changes()
    {
        var file = Open(AddressFileKind.Users, "ann\n");
        Put("bob\n");
        _time.Advance(TimeSpan.FromSeconds(3));
        _ = file.FindUser(RecipientFiles.Box("bob@example.net"));
        await file.RefreshAsync();
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("bob@example.net")));
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_left_alone()
    {
        var file = Open(AddressFileKind.Users, "ann\n");
        Put("bob\n");
        _time.Advance(TimeSpan.FromMilliseconds(1900));
        await file.RefreshAsync();
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("ann@example.net")));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await file.RefreshAsync();
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("bob@example.net")));
    }

    [Theory]
    [InlineData("ann\n..\n", "line 2: \"..\" is no address")]
    [InlineData("", "it holds nothing")]
    [InlineData("# nobody\n", "it holds nothing")]
    public async Task A_bad_file_changes_nothing_and_is_logged_once(string text, string reason)
    {
        var file = Open(AddressFileKind.Users, "ann\n");
        Put(text);
        await LookAsync(file);
        await LookAsync(file);
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("ann@example.net")));
        var line = Assert.Single(_files.Log.Lines, line => line.Contains(" 2681 ", StringComparison.Ordinal));
        Assert.Contains("the old content holds", line, StringComparison.Ordinal);
        Assert.EndsWith(reason, line, StringComparison.Ordinal);
        Put("bob\n");
        await LookAsync(file);
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("bob@example.net")));
    }

    [Fact]
    public async Task A_file_that_is_gone_changes_nothing_until_it_is_back()
    {
        var file = Open(AddressFileKind.Aliases, "a: b\n");
        File.Delete(_files["map"]);
        await LookAsync(file);
        await LookAsync(file);
        Assert.Single(_files.Log.Lines, line => line.Contains(" 2681 ", StringComparison.Ordinal));
        Assert.Equal(Presence.Known, file.FindAlias(RecipientFiles.Box("a@example.net")).Presence);
        Put("c: d\n");
        await LookAsync(file);
        Assert.Equal(Presence.Unknown, file.FindAlias(RecipientFiles.Box("a@example.net")).Presence);
    }

    [Fact]
    public async Task Without_a_file_nobody_is_unknown()
    {
        var file = new AddressFile(_files["map"], AddressFileKind.Users, _time, _files.Log);
        Assert.Equal(Presence.Away, file.FindUser(RecipientFiles.Box("ann@example.net")));
        Put("ann\n");
        await LookAsync(file);
        Assert.Equal(Presence.Known, file.FindUser(RecipientFiles.Box("ann@example.net")));
        Assert.Equal(Presence.Unknown, file.FindUser(RecipientFiles.Box("bob@example.net")));
    }

    [Fact]
    public void A_file_is_checked_before_it_is_used()
    {
        Put("a: b\nc: |d\n");
        Assert.Equal("line 2: \"|d\": programs, files and lists are not delivered to", Assert.Single(AddressFile.Check(_files["map"], AddressFileKind.Aliases)));
        Assert.Contains("none", Assert.Single(AddressFile.Check(_files["none"], AddressFileKind.Users)), StringComparison.Ordinal);
        Put("");
        Assert.Equal("it holds no mailbox", Assert.Single(AddressFile.Check(_files["map"], AddressFileKind.Users)));
        Assert.Empty(AddressFile.Check(_files["map"], AddressFileKind.Aliases));
    }

    [Fact]
    public void Octets_that_are_no_UTF_8_are_an_error_and_no_crash()
    {
        File.WriteAllBytes(_files["map"], [(byte)'a', 0xff, (byte)'\n']);
        Assert.Single(AddressFile.Check(_files["map"], AddressFileKind.Users));
    }
}
