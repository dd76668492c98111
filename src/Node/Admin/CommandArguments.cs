using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Actors;
using MtaCluster.Node.Admin.Palettes;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>The arguments and switches of one command, read and checked by what the command says of them.</summary>
internal sealed class CommandArguments
{
    private const string SwitchMark = "--";
    private readonly ImmutableDictionary<string, object> _values;

    private CommandArguments(ImmutableDictionary<string, object> values)
    {
        _values = values;
    }

    /// <summary>Reads the words of a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="words">What was typed after its name.</param>
    /// <param name="error">What is wrong, or null.</param>
    /// <returns>Null if something is wrong.</returns>
    public static CommandArguments? Parse(Command command, IReadOnlyList<string> words, out string? error)
    {
        var values = ImmutableDictionary.CreateBuilder<string, object>(StringComparer.Ordinal);
        var position = 0;
        for (var i = 0; i < words.Count; i++)
        {
            error = words[i].StartsWith(SwitchMark, StringComparison.Ordinal)
                ? ReadSwitch(command, words, ref i, values)
                : ReadArgument(command, words[i], position++, values);
            if (error is not null)
            {
                return null;
            }
        }

        var missing = command.Arguments.Concat(command.Switches).FirstOrDefault(parameter => parameter.Required && !values.ContainsKey(parameter.Name));
        error = missing is null ? null : $"{NameOf(command, missing)} is missing: {missing.Description}";
        return missing is null ? new CommandArguments(values.ToImmutable()) : null;
    }

    /// <summary>A text, or null if it was not given.</summary>
    public string? Text(string name) => (string?)_values.GetValueOrDefault(name);

    /// <summary>All texts of a switch that may be repeated.</summary>
    public ImmutableArray<string> AllTexts(string name) => (ImmutableArray<string>)_values.GetValueOrDefault(name, ImmutableArray<string>.Empty);

    /// <summary>A number, or the fallback if it was not given.</summary>
    public int Number(string name, int fallback) => (int)_values.GetValueOrDefault(name, fallback);

    /// <summary>A duration, or null if it was not given.</summary>
    public TimeSpan? Duration(string name) => (TimeSpan?)_values.GetValueOrDefault(name);

    /// <summary>Whether a flag was given.</summary>
    public bool Flag(string name) => _values.ContainsKey(name);

    /// <summary>The id of a message, which must have been given.</summary>
    public QueueId QueueId(string name) => (QueueId)_values[name];

    private static string? ReadSwitch(
        Command command, IReadOnlyList<string> words, ref int i, ImmutableDictionary<string, object>.Builder values)
    {
        var word = words[i][SwitchMark.Length..];
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        if (command.Switches.FirstOrDefault(candidate => candidate.Name == name) is not { } parameter)
        {
            var known = string.Join(", ", command.Switches.Select(candidate => SwitchMark + candidate.Name));
            return $"there is no switch --{name} here; {(known.Length == 0 ? "there are none" : "known are " + known)}";
        }

        if (values.ContainsKey(name) && !parameter.Repeats)
        {
            return $"--{name} is given twice";
        }

        if (parameter.Type == ParameterType.Flag)
        {
            values.Add(name, true);
            return equals < 0 ? null : $"--{name} takes no value";
        }

        if (equals < 0 && i + 1 == words.Count)
        {
            return $"the value of --{name} is missing";
        }

        return Read(parameter, "--" + name, equals < 0 ? words[++i] : word[(equals + 1)..], values);
    }

    private static string? ReadArgument(Command command, string word, int position, ImmutableDictionary<string, object>.Builder values)
        => position < command.Arguments.Length
            ? Read(command.Arguments[position], command.Arguments[position].Name, word, values)
            : $"'{word}' is one argument too many";

    private static string? Read(ParameterDescription parameter, string shown, string word, ImmutableDictionary<string, object>.Builder values)
    {
        (object? value, string expected) = parameter.Type switch
        {
            ParameterType.Number => (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (object?)null, "a number"),
            ParameterType.Duration => (Texts.ParseDuration(word), "a duration such as 90s, 15m, 2h or 3d"),
            ParameterType.QueueId => (Actors.QueueId.TryParse(word, out var id) ? id : (object?)null, "the id of a message: 20 letters and digits"),
            ParameterType.Choice => (parameter.Choices!.Contains(word) ? word : null, string.Join(", ", parameter.Choices!)),
            _ => (word, ""),
        };
        if (value is null)
        {
            return $"{shown}: '{word}' is not {(parameter.Type == ParameterType.Choice ? "one of " : "")}{expected}";
        }

        values[parameter.Name] = parameter.Repeats
            ? ((ImmutableArray<string>)values.GetValueOrDefault(parameter.Name, ImmutableArray<string>.Empty)).Add((string)value)
            : value;
        return null;
    }

    private static string NameOf(Command command, ParameterDescription parameter)
        => command.Arguments.Contains(parameter) ? parameter.Name.ToUpperInvariant() : SwitchMark + parameter.Name;
}
