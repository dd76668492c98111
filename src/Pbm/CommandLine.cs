using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace MtaCluster.Pbm;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    /// <summary>The exit code when the command failed.</summary>
    public const int Failed = 1;

    /// <summary>The exit code when no node could be asked, or the command line makes no sense.</summary>
    public const int Unusable = 2;

    private const int DefaultPort = 9110;

    /// <summary>How it is used.</summary>
    public const string Usage = """
        pbm [host[:port]] [palette command [arguments] [switches]]

        Without a command: a shell, or, when standard input is no terminal, the commands that it has, a line each.
        `pbm help` lists the palettes of the node, `pbm help PALETTE` its commands. The node is 127.0.0.1:9110 if none is named.

          --json                 data for machines, a line of JSON each
          --watch SECONDS        again and again, until Ctrl-C
          -f, --file FILE        the commands of a file, a line each, up to the first that fails; - is standard input
          --token-file FILE      where the token is; else it is in the variable PBM_TOKEN, or in
          --data-directory DIR   DIR/admin-token: the node's data directory, data without this switch
          --tls                  speak TLS to the node
          --ca FILE              the certificates (PEM) that the node's must lead to; else the system's. Implies --tls
          --version, --help

        Exit code: 0 all is well, 1 the command failed or its answer is incomplete, 2 the node could not be asked.
        """;

    /// <summary>The node.</summary>
    public string Host { get; private init; } = "127.0.0.1";

    /// <summary>The port of its admin endpoint.</summary>
    public int Port { get; private init; } = DefaultPort;

    /// <summary>The words of the command; empty for a shell.</summary>
    public ImmutableArray<string> Words { get; private init; } = [];

    /// <summary>Data for machines.</summary>
    public bool Json { get; private init; }

    /// <summary>Repeat it after so long.</summary>
    public TimeSpan? Watch { get; private init; }

    /// <summary>The script, or - for standard input.</summary>
    public string? Script { get; private init; }

    /// <summary>The file that the token is in.</summary>
    public string? TokenFile { get; private init; }

    /// <summary>The node's data directory.</summary>
    public string? DataDirectory { get; private init; }

    /// <summary>Speak TLS.</summary>
    public bool Tls { get; private init; }

    /// <summary>The certificates that the node's must lead to.</summary>
    public string? CertificateAuthority { get; private init; }

    /// <summary>Only tell how it is used.</summary>
    public bool Help { get; private init; }

    /// <summary>Only tell the version.</summary>
    public bool Version { get; private init; }

    /// <summary>The node, as in the prompt.</summary>
    public string Target => (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host) + ":" + Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads the arguments of the process.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="error">What is wrong, or null.</param>
    /// <returns>Null if something is wrong.</returns>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out string? error)
    {
        var line = new CommandLine();
        var (first, hasTarget) = (0, false);
        for (; first < arguments.Count; first++)
        {
            if (arguments[first].StartsWith('-'))
            {
                if (ReadOption(arguments, ref first, ref line, out error))
                {
                    continue;
                }

                error ??= $"there is no switch {arguments[first]}";
                return null;
            }

            if (hasTarget || TryParseTarget(arguments[first], line) is not { } targeted)
            {
                break;
            }

            (line, hasTarget) = (targeted, true);
        }

        return TakeWords([.. arguments.Skip(first)], line, out error);
    }

    /// <summary>Takes the words of a command, and those switches out of them that are for pbm.</summary>
    /// <param name="words">The words.</param>
    /// <param name="line">What was said before.</param>
    /// <param name="error">What is wrong, or null.</param>
    public static CommandLine? TakeWords(IReadOnlyList<string> words, CommandLine line, out string? error)
    {
        var command = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] is not ("--json" or "--watch" or "--help") && !words[i].StartsWith("--watch=", StringComparison.Ordinal))
            {
                command.Add(words[i]);
            }
            else if (!ReadOption(words, ref i, ref line, out error))
            {
                return null;
            }
        }

        error = null;
        return line with { Words = command.ToImmutable() };
    }

    private static bool ReadOption(IReadOnlyList<string> arguments, ref int i, ref CommandLine line, out string? error)
    {
        error = null;
        var equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? arguments[i] : arguments[i][..equals];
        if (Flag(name, line) is { } flagged)
        {
            line = flagged;
            error = equals < 0 ? null : $"{name} takes no value";
            return error is null;
        }

        if (name is not ("--watch" or "-f" or "--file" or "--token-file" or "--data-directory" or "--ca"))
        {
            return false;
        }

        if (equals < 0 && i + 1 == arguments.Count)
        {
            error = $"the value of {name} is missing";
            return false;
        }

        var value = equals < 0 ? arguments[++i] : arguments[i][(equals + 1)..];
        if (name == "--watch")
        {
            var isGood = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.1 and <= 86_400;
            error = isGood ? null : $"--watch: '{value}' is no number of seconds";
            line = isGood ? line with { Watch = TimeSpan.FromSeconds(seconds) } : line;
            return isGood;
        }

        line = name switch
        {
            "--token-file" => line with { TokenFile = value },
            "--data-directory" => line with { DataDirectory = value },
            "--ca" => line with { CertificateAuthority = value, Tls = true },
            _ => line with { Script = value },
        };
        return true;
    }

    private static CommandLine? Flag(string name, CommandLine line) => name switch
    {
        "--json" => line with { Json = true },
        "--tls" => line with { Tls = true },
        "--help" or "-h" => line with { Help = true },
        "--version" => line with { Version = true },
        _ => null,
    };

    // A word with a colon, or with a dot, for palettes have none, or localhost.
    private static CommandLine? TryParseTarget(string word, CommandLine line)
    {
        var bare = word.StartsWith('[') && word.EndsWith(']') ? word[1..^1] : word;
        var isAddress6 = !bare.Contains(']', StringComparison.Ordinal) && bare.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(bare, out _);
        if (isAddress6 || word == "localhost" || (word.Contains('.', StringComparison.Ordinal) && !word.Contains(':', StringComparison.Ordinal)))
        {
            return line with { Host = bare };
        }

        var colon = word.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(word.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return null;
        }

        var host = word[..colon];
        return line with { Host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host, Port = port };
    }
}
