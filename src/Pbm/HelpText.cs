using System.Collections.Immutable;
using System.Text;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>Help, from what the node tells of its palettes.</summary>
internal static class HelpText
{
    /// <summary>All palettes.</summary>
    public static string Of(ImmutableArray<PaletteDescription> palettes)
    {
        var text = new StringBuilder();
        AddTable(text, [.. palettes.Select(palette => (palette.Name, palette.Description)), ("help [PALETTE]", "This, or the commands of a palette"), ("exit", "Leave the shell")]);
        return text.ToString();
    }

    /// <summary>The commands of a palette.</summary>
    public static string Of(PaletteDescription palette)
    {
        var text = new StringBuilder();
        text.Append(palette.Name).Append(": ").AppendLine(palette.Description);
        foreach (var command in palette.Commands)
        {
            text.AppendLine().AppendLine(UsageOf(palette, command)).Append("    ").Append(command.Description)
                .Append(command.Secret is { } secret ? $". {secret}: asked for at the terminal, or the next line of standard input" : "")
                .AppendLine(command.Changes ? ". For operators" : command.Streams ? ". Until Ctrl-C" : "");
            AddTable(text, [
                .. command.Arguments.Select(argument => (argument.Name.ToUpperInvariant(), Explain(argument))),
                .. command.Switches.Select(option => ("--" + option.Name + ValueOf(option), Explain(option)))], "        ");
        }

        return text.ToString();
    }

    private static string UsageOf(PaletteDescription palette, CommandDescription command)
    {
        var usage = new StringBuilder(palette.Name);
        usage.Append(command.Name.Length == 0 ? "" : " " + command.Name);
        foreach (var argument in command.Arguments)
        {
            usage.Append(argument.Required ? $" {argument.Name.ToUpperInvariant()}" : $" [{argument.Name.ToUpperInvariant()}]");
        }

        foreach (var option in command.Switches)
        {
            var form = "--" + option.Name + ValueOf(option);
            usage.Append(option.Required ? $" {form}" : $" [{form}]").Append(option.Repeats ? "..." : "");
        }

        return usage.ToString();
    }

    private static string ValueOf(ParameterDescription parameter) => parameter.Type switch
    {
        ParameterType.Flag => "",
        ParameterType.Number => " N",
        ParameterType.Duration => " TIME",
        _ => " " + parameter.Name.ToUpperInvariant(),
    };

    private static string Explain(ParameterDescription parameter) => parameter.Type switch
    {
        ParameterType.Choice => $"{parameter.Description}: {string.Join(", ", parameter.Choices ?? [])}",
        ParameterType.Duration => $"{parameter.Description}, such as 90s, 15m, 2h, 3d",
        _ => parameter.Description,
    };

    private static void AddTable(StringBuilder text, ImmutableArray<(string Name, string Description)> rows, string indent = "  ")
    {
        var width = rows.Length == 0 ? 0 : rows.Max(row => row.Name.Length);
        foreach (var (name, description) in rows)
        {
            text.Append(indent).Append(name.PadRight(width)).Append("  ").AppendLine(description);
        }
    }
}
