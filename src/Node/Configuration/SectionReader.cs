using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Configuration;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads one text of the configuration; false when it is not one of its kind.</summary>
internal delegate bool TextParser<T>(string text, out T value);

/// <summary>
/// Reads the keys of one section, gathers every error with the path of its key, and knows which keys nobody asked for. After an error
/// a reader goes on with the default, so that the next error is found too.
/// </summary>
internal sealed class SectionReader
{
    private readonly IConfigurationSection _section;
    private readonly List<string> _errors;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a section; errors go to the list, which readers share.</summary>
    public SectionReader(IConfigurationSection section, List<string> errors)
    {
        _section = section;
        _errors = errors;
    }

    /// <summary>The path of the section.</summary>
    public string Path => _section.Path;

    /// <summary>There is no key in it: it is not there, is null, or holds nothing.</summary>
    public bool IsEmpty => !_section.GetChildren().Any();

    /// <summary>Records an error about a key, or about the section itself.</summary>
    public void Error(string? key, string what) => _errors.Add($"{PathOf(key)}: {what}");

    /// <summary>The key is there, even if its value is null or an empty list.</summary>
    public bool Has(string key)
    {
        _known.Add(key);
        return _section.GetChildren().Any(child => child.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A text; null when it is not there, null or empty.</summary>
    public string? Text(string key)
    {
        _known.Add(key);
        var section = _section.GetSection(key);
        if (section.GetChildren().Any())
        {
            Error(key, "a single value is expected here");
            return null;
        }

        return string.IsNullOrEmpty(section.Value) ? null : section.Value;
    }

    /// <summary>A value of any kind; <paramref name="fallback"/> when it is not there.</summary>
    public T Value<T>(string key, TextParser<T> parser, string expected, T fallback)
    {
        if (Text(key) is not { } text)
        {
            return fallback;
        }

        if (parser(text, out var value))
        {
            return value;
        }

        Error(key, $"\"{text}\" is not {expected}");
        return fallback;
    }

    /// <summary>A value that must be there.</summary>
    public T? Required<T>(string key, TextParser<T> parser, string expected)
        where T : class
    {
        var before = _errors.Count;
        var value = Value(key, (string text, out T? parsed) =>
        {
            var isGood = parser(text, out var result);
            parsed = result;
            return isGood;
        }, expected, null);
        if (value is null && _errors.Count == before)
        {
            Error(key, $"is missing; expected is {expected}");
        }

        return value;
    }

    /// <summary>A number from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    public T? Number<T>(string key, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        return Value<T?>(key, Parse, string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"), null);

        bool Parse(string text, out T? value)
        {
            var isGood = T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && number >= minimum && number <= maximum;
            value = number;
            return isGood;
        }
    }

    /// <summary>A duration from <paramref name="minimum"/> to <paramref name="maximum"/>, written <c>[d.]hh:mm:ss[.fffffff]</c>.</summary>
    public TimeSpan? Duration(string key, TimeSpan minimum, TimeSpan maximum)
    {
        return Value<TimeSpan?>(key, Parse, $"a duration [d.]hh:mm:ss from {minimum:c} to {maximum:c}", null);

        bool Parse(string text, out TimeSpan? value)
        {
            // Without a colon it would be read as days, which nobody means.
            var isGood = text.Contains(':', StringComparison.Ordinal)
                && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration) && duration >= minimum && duration <= maximum;
            value = isGood ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : null;
            return isGood;
        }
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback) => Value(key, bool.TryParse, "true or false", fallback);

    /// <summary>A section below this one.</summary>
    public SectionReader Section(string key)
    {
        _known.Add(key);
        var section = _section.GetSection(key);
        if (!string.IsNullOrEmpty(section.Value))
        {
            Error(key, "an object is expected here");
        }

        return new SectionReader(section, _errors);
    }

    /// <summary>A list of objects, in order; empty when it is not there.</summary>
    public ImmutableArray<SectionReader> Sections(string key)
    {
        _known.Add(key);
        return [.. Elements(key).Select(element => new SectionReader(element, _errors))];
    }

    /// <summary>A list of values, in order, without those that are wrong; <paramref name="fallback"/> when it is not there.</summary>
    public ImmutableArray<T> Values<T>(string key, TextParser<T> parser, string expected, ImmutableArray<T> fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var values = ImmutableArray.CreateBuilder<T>();
        foreach (var element in Elements(key))
        {
            if (element.Value is { } text && parser(text, out var value))
            {
                values.Add(value);
            }
            else
            {
                _errors.Add($"{element.Path}: \"{element.Value}\" is not {expected}");
            }
        }

        return values.ToImmutable();
    }

    /// <summary>Makes an error of each key that nobody asked for: a typing error must not pass in silence.</summary>
    public void RejectUnknownKeys()
    {
        foreach (var child in _section.GetChildren())
        {
            if (!_known.Contains(child.Key))
            {
                var known = string.Join(", ", _known.Order(StringComparer.Ordinal));
                _errors.Add($"{child.Path}: there is no such key; known here are {known}");
            }
        }
    }

    private IEnumerable<IConfigurationSection> Elements(string key)
    {
        var section = _section.GetSection(key);
        if (!string.IsNullOrEmpty(section.Value))
        {
            Error(key, $"a list is expected here, not \"{section.Value}\"");
        }

        foreach (var element in section.GetChildren())
        {
            if (int.TryParse(element.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                yield return element;
            }
            else
            {
                _errors.Add($"{element.Path}: a list is expected here, whose keys are numbers");
            }
        }
    }

    private string PathOf(string? key) => key is null ? _section.Path : $"{_section.Path}:{key}";
}
