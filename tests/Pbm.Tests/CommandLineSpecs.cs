namespace MtaCluster.Pbm.Tests;

public sealed class CommandLineSpecs
{
    [Theory]
    [InlineData("127.0.0.1:9110")]
    [InlineData("127.0.0.1:9110", "cluster", "show")]
    [InlineData("mx1.example.net:9110", "mx1.example.net")]
    [InlineData("mx1:1234", "mx1:1234", "cluster", "show")]
    [InlineData("192.0.2.1:9110", "192.0.2.1")]
    [InlineData("localhost:9110", "localhost", "health")]
    [InlineData("[::1]:9110", "::1")]
    [InlineData("[::1]:9110", "[::1]")]
    [InlineData("[2001:db8::1]:99", "[2001:db8::1]:99", "health")]
    [InlineData("127.0.0.1:9110", "message", "show", "mx1.example.net:25")]
    [InlineData("mx1:1234", "--json", "mx1:1234", "health")]
    public void The_first_word_is_the_node_if_it_looks_like_one(string expected, params string[] arguments)
        => Assert.Equal(expected, Parse(arguments).Target);

    [Fact]
    public void The_words_after_the_node_are_the_command_and_its_switches_are_the_nodes_business()
    {
        var line = Parse("mx1:1234", "queue", "list", "--domain", "example.org", "--json", "--limit=5", "--watch", "2");

        Assert.Equal(["queue", "list", "--domain", "example.org", "--limit=5"], line.Words);
        Assert.True(line.Json);
        Assert.Equal(TimeSpan.FromSeconds(2), line.Watch);
    }

    [Fact]
    public void Switches_of_pbm_come_before_the_command()
    {
        var line = Parse("--token-file", "t", "--data-directory=d", "--ca", "ca.pem", "-f", "script", "mx1:1", "--json");

        Assert.Equal(("t", "d", "ca.pem", "script"), (line.TokenFile, line.DataDirectory, line.CertificateAuthority, line.Script));
        Assert.True(line.Tls);
        Assert.True(line.Json);
        Assert.Empty(line.Words);
    }

    [Theory]
    [InlineData("there is no switch --nonsense", "--nonsense")]
    [InlineData("the value of --token-file is missing", "--token-file")]
    [InlineData("--watch: 'often' is no number of seconds", "health", "--watch", "often")]
    [InlineData("--watch: '0' is no number of seconds", "health", "--watch=0")]
    [InlineData("--json takes no value", "--json=yes", "health")]
    public void What_makes_no_sense_is_said(string expected, params string[] arguments)
    {
        Assert.Null(CommandLine.Parse(arguments, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Help_after_a_command_is_about_its_palette()
    {
        var line = Parse("queue", "list", "--help");

        Assert.True(line.Help);
        Assert.Equal(["queue", "list"], line.Words);
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  \t ", new string[0])]
    [InlineData("queue  list", new[] { "queue", "list" })]
    [InlineData("destination suspend x --reason \"they asked\"", new[] { "destination", "suspend", "x", "--reason", "they asked" })]
    [InlineData("a 'b \\ \"c' d\\ e \"\\\"\"", new[] { "a", "b \\ \"c", "d e", "\"" })]
    [InlineData("a \"\" ''", new[] { "a", "", "" })]
    [InlineData("a'b'c", new[] { "abc" })]
    [InlineData("a \"b c", new[] { "a", "b c" })]
    [InlineData("health # every node", new[] { "health" })]
    [InlineData("a#b", new[] { "a#b" })]
    [InlineData("# nothing", new string[0])]
    public void A_line_is_split_into_words(string line, string[] expected) => Assert.Equal(expected, Words.Split(line));

    private static CommandLine Parse(params string[] arguments)
    {
        var line = CommandLine.Parse(arguments, out var error);
        Assert.Null(error);
        return line!;
    }
}
