using System.Collections.Immutable;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>What Tab offers, from what the node tells of its palettes.</summary>
internal static class Completion
{
    private static readonly ImmutableArray<string> s_own = ["exit", "help"];

    /// <summary>The words that the one under way, at the end of the text, may become.</summary>
    public static ImmutableArray<string> Of(string text, ImmutableArray<PaletteDescription> palettes)
    {
        var words = Words.Split(text);
        var isBegun = text.Length > 0 && !char.IsWhiteSpace(text[^1]);
        var begun = isBegun && words.Length > 0 ? words[^1] : "";
        var before = isBegun && words.Length > 0 ? words[..^1] : words;
        return [.. Candidates(before, begun, palettes).Where(word => word.StartsWith(begun, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Candidates(ImmutableArray<string> before, string begun, ImmutableArray<PaletteDescription> palettes)
    {
        if (before.IsEmpty)
        {
            return palettes.Select(palette => palette.Name).Concat(s_own);
        }

        if (before[0] == "help")
        {
            return before.Length == 1 ? palettes.Select(palette => palette.Name) : [];
        }

        if (palettes.FirstOrDefault(palette => palette.Name == before[0]) is not { } palette)
        {
            return [];
        }

        var isNamed = before.Length > 1 && palette.Commands.Any(command => command.Name == before[1]);
        var command = palette.Commands.FirstOrDefault(command => command.Name == (isNamed ? before[1] : AdminProtocol.Unnamed));
        var names = before.Length == 1 ? palette.Commands.Select(candidate => candidate.Name).Where(name => name.Length > 0) : [];
        return command is null ? names : names.Concat(CandidatesOf(command, before[(isNamed ? 2 : 1)..], begun));
    }

    private static IEnumerable<string> CandidatesOf(CommandDescription command, ImmutableArray<string> given, string begun)
    {
        if (given.Length > 0 && Switch(command, given[^1]) is { Type: not ParameterType.Flag } awaiting)
        {
            return awaiting.Choices ?? [];
        }

        var switches = command.Switches.Select(option => "--" + option.Name).Append("--json").Append("--watch").Where(name => !given.Contains(name));
        if (begun.StartsWith('-'))
        {
            return switches;
        }

        var position = 0;
        for (var i = 0; i < given.Length; i++)
        {
            if (Switch(command, given[i]) is { } option)
            {
                i += option.Type == ParameterType.Flag ? 0 : 1;
            }
            else if (!given[i].StartsWith('-'))
            {
                position++;
            }
        }

        var choices = position < command.Arguments.Count ? command.Arguments[position].Choices ?? [] : [];
        return choices.Concat(switches);
    }

    private static ParameterDescription? Switch(CommandDescription command, string word)
        => command.Switches.FirstOrDefault(option => "--" + option.Name == word);
}
