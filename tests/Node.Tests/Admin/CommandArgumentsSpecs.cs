using MtaCluster.Actors;
using MtaCluster.Node.Admin;
using MtaCluster.Node.Admin.Palettes;
using MtaCluster.Pbm.Protocol;
using Xunit;

namespace MtaCluster.Node.Tests.Admin;

public sealed class CommandArgumentsSpecs
{
    private static readonly Command s_command = new("show", "Shows", _ => Task.CompletedTask)
    {
        Arguments = [Parameters.Text("site", "A site", required: true), Parameters.QueueId("id", "An id") with { Required = false }],
        Switches =
        [
            Parameters.Flag("all", "All of it"),
            Parameters.Number("limit", "So many"),
            Parameters.Duration("for", "So long"),
            Parameters.Choice("status", "A status", "parked", "active"),
        ],
    };

    [Fact]
    public void Arguments_go_by_position_and_switches_by_name_in_any_order()
    {
        var id = QueueId.Create(DateTimeOffset.UnixEpoch, 7);

        var arguments = Parse("--limit", "5", "example.org", "--all", id.ToString(), "--for=1h30m", "--status", "parked")!;

        Assert.Equal("example.org", arguments.Text("site"));
        Assert.Equal(id, arguments.QueueId("id"));
        Assert.Equal(5, arguments.Number("limit", 0));
        Assert.True(arguments.Flag("all"));
        Assert.Equal(TimeSpan.FromMinutes(90), arguments.Duration("for"));
        Assert.Equal("parked", arguments.Text("status"));
    }

    [Fact]
    public void What_is_not_given_has_its_fallback()
    {
        var arguments = Parse("x")!;

        Assert.Equal(9, arguments.Number("limit", 9));
        Assert.False(arguments.Flag("all"));
        Assert.Null(arguments.Duration("for"));
        Assert.Null(arguments.Text("status"));
    }

    [Theory]
    [InlineData("SITE is missing: A site")]
    [InlineData("there is no switch --no here; known are --all, --limit, --for, --status", "x", "--no")]
    [InlineData("--limit: 'x' is not a number", "x", "--limit", "x")]
    [InlineData("--limit: '-1' is not a number", "x", "--limit=-1")]
    [InlineData("the value of --limit is missing", "x", "--limit")]
    [InlineData("--limit is given twice", "x", "--limit", "1", "--limit", "2")]
    [InlineData("--all takes no value", "x", "--all=true")]
    [InlineData("--status: 'x' is not one of parked, active", "x", "--status", "x")]
    [InlineData("--for: '5' is not a duration such as 90s, 15m, 2h or 3d", "x", "--for", "5")]
    [InlineData("id: 'y' is not the id of a message: 20 letters and digits", "x", "y")]
    [InlineData("'z' is one argument too many", "x", "06H2E6RF6C0VA40X0AJ9", "z")]
    public void What_is_wrong_is_said(string expected, params string[] words)
    {
        Assert.Null(CommandArguments.Parse(s_command, words, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Each_palette_and_each_of_its_commands_has_a_name_of_its_own_and_a_description()
    {
        Assert.All(PaletteCatalogue.All, palette => Assert.NotEmpty(palette.Description));
        Assert.Equal(PaletteCatalogue.All.Select(palette => palette.Name).Distinct().Order(StringComparer.Ordinal), PaletteCatalogue.All.Select(palette => palette.Name));
        Assert.All(PaletteCatalogue.All, palette => Assert.Equal(palette.Commands.Length, palette.Commands.Select(command => command.Name).Distinct().Count()));
        var parameters = PaletteCatalogue.All.SelectMany(palette => palette.Commands).SelectMany(command => command.Arguments.Concat(command.Switches));
        Assert.All(parameters, parameter =>
        {
            Assert.NotEmpty(parameter.Description);
            Assert.Equal(parameter.Type == ParameterType.Choice, parameter.Choices is { Count: > 0 });
        });
    }

    private static CommandArguments? Parse(params string[] words)
    {
        var arguments = CommandArguments.Parse(s_command, words, out var error);
        Assert.Null(error);
        return arguments;
    }
}
