namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>Who is added, listed, changed and removed, on one node and seen on any; and how a password comes in.</summary>
public abstract class UserSpecs(IClusterUnderTest cluster)
{
    private const string Password = "correct horse battery";

    private string Node => cluster.AdminAddresses[0];

    [Fact]
    public async Task A_user_is_added_listed_changed_and_removed()
    {
        var added = await RunAsync(Password + "\n", "user", "add", "Ann@Example.net", "--identity", "ann@example.net", "--identity", "@example.org", "--rate", "100/h");
        Assert.Equal((0, "Ann@Example.net is added\n", ""), (added.ExitCode, added.Output, added.Errors));
        Assert.Equal("there is a user ann@example.net\n", (await RunAsync(Password + "\n", "user", "add", "ANN@example.net")).Errors);

        Assert.Equal(0, (await RunAsync("another password\n", "user", "password", "ann@example.net")).ExitCode);
        Assert.Equal(0, (await RunAsync("", "user", "disable", "ann@example.net")).ExitCode);
        var listed = await cluster.Viewer.RunAsync(cluster.AdminAddresses[^1], "user", "list", "--json");
        var ann = Assert.Single(listed.Data, user => user.TryGetProperty("name", out var name) && name.GetString() == "ann@example.net");
        Assert.Equal((false, "100/h", 2), (ann.GetProperty("enabled").GetBoolean(), ann.GetProperty("rate").GetString(), ann.GetProperty("identities").GetArrayLength()));
        Assert.DoesNotContain("argon2", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM", listed.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await cluster.Operator.RunAsync(cluster.AdminAddresses[^1], "user", "enable", "ann@example.net")).ExitCode);
        Assert.Equal("ann@example.net is removed\n", (await RunAsync("", "user", "remove", "ann@example.net")).Output);
        var gone = await RunAsync("", "user", "remove", "ann@example.net");
        Assert.Equal((1, "there is no user ann@example.net\n"), (gone.ExitCode, gone.Errors));
    }

    [Fact]
    public async Task A_password_is_no_argument_and_comes_to_no_log()
    {
        Assert.Equal(2, (await RunAsync("", "user", "add", "bob@example.net", Password)).ExitCode);
        Assert.Equal(0, (await RunAsync(Password + "\n", "user", "add", "bob@example.net")).ExitCode);
        var line = await cluster.WaitForLogAsync("\"arguments\":\"bob@example.net\"");
        Assert.DoesNotContain("horse", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Password: nothing was given on standard input\n", "carl@example.net")]
    [InlineData("short\n", "a password has 8 to 256 characters, and no control characters\n", "carl@example.net")]
    [InlineData(Password + "\n", "carl is no address: say by --identity whom they may send as, an address, @domain or *\n", "carl")]
    [InlineData(Password + "\n", "--identity: 'carl' is not an address, @domain or *\n", "carl", "--identity", "carl")]
    public async Task What_is_wrong_is_told_and_nobody_is_added(string input, string expected, params string[] arguments)
    {
        var result = await RunAsync(input, ["user", "add", .. arguments]);
        Assert.Equal((1, expected), (result.ExitCode, result.Errors));
        Assert.DoesNotContain("carl", (await cluster.Viewer.RunAsync(cluster.AdminAddresses[^1], "user", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_has_the_password_in_the_line_after_the_command()
    {
        var result = await RunAsync($"user add dan@example.net\n{Password}\nuser disable dan@example.net\n");
        Assert.Equal((0, "dan@example.net is added\ndan@example.net is disabled\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_viewer_is_not_even_asked_for_a_password()
    {
        var result = await cluster.Viewer.RunAsync(Password + "\n", [Node, "user", "add", "eve@example.net"]);
        Assert.Equal((1, "victor is a viewer, and user add takes an operator\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task At_a_terminal_the_password_is_typed_twice_and_not_shown()
    {
        await using var terminal = TerminalSession.Start(cluster.Operator, Node, "user", "add", "fay@example.net");
        await terminal.WaitForAsync("Password: ");
        await terminal.TypeAsync(Password + "\r");
        var shown = await terminal.WaitForAsync("Password again: ");
        await terminal.TypeAsync(Password + "\r");
        shown += await terminal.WaitForAsync("fay@example.net is added");
        Assert.Equal(0, await terminal.WaitForExitAsync());
        Assert.DoesNotContain("horse", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_that_are_not_the_same_are_no_password()
    {
        await using var terminal = TerminalSession.Start(cluster.Operator, Node, "user", "add", "gus@example.net");
        await terminal.WaitForAsync("Password: ");
        await terminal.TypeAsync(Password + "\r");
        await terminal.WaitForAsync("Password again: ");
        await terminal.TypeAsync(Password + "x\r");
        await terminal.WaitForAsync("the two are not the same");
        Assert.Equal(1, await terminal.WaitForExitAsync());
    }

    [Fact]
    public async Task Help_says_how_the_password_is_given()
    {
        var help = await cluster.Viewer.RunAsync(Node, "help", "user");
        Assert.Contains("user add NAME [--identity IDENTITY]... [--rate RATE]", help.Lines);
        Assert.Contains("Password: asked for at the terminal, or the next line of standard input", help.Output, StringComparison.Ordinal);
    }

    private Task<PbmResult> RunAsync(string input, params string[] command) => cluster.Operator.RunAsync(input, [Node, .. command]);
}
