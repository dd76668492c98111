using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm;

/// <summary>Runs commands, one after the other, at one node.</summary>
internal sealed class Session(CommandLine line, AdminClient client, Output output, SecretReader secrets)
{
    private const string ClearScreen = "\x1b[H\x1b[2J";

    /// <summary>The palettes of the node, as they were when they were last asked for.</summary>
    public ImmutableArray<PaletteDescription> Palettes { get; private set; } = [];

    /// <summary>Asks the node for its palettes.</summary>
    /// <exception cref="NotAnsweredException">The node could not be asked.</exception>
    public async Task ConnectAsync(CancellationToken ended) => Palettes = await client.GetPalettesAsync(ended).ConfigureAwait(false);

    /// <summary>Runs a command until it ends or is ended.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="NotAnsweredException">The node could not be asked.</exception>
    public async Task<int> RunAsync(ImmutableArray<string> words, CancellationToken ended)
    {
        if (CommandLine.TakeWords(words, line, out var error) is not { } command || command.Words.IsEmpty)
        {
            output.WriteError(error ?? "there is no command");
            return CommandLine.Unusable;
        }

        if (command.Words[0] == "help" || command.Help)
        {
            return await HelpAsync(command.Help ? command.Words[..1] : command.Words[1..], ended).ConfigureAwait(false);
        }

        return command.Watch is { } interval
            ? await WatchAsync(command, interval, ended).ConfigureAwait(false)
            : await RunOnceAsync(command, ended).ConfigureAwait(false);
    }

    private async Task<int> RunOnceAsync(CommandLine command, CancellationToken ended)
    {
        string? secret = null;
        while (true)
        {
            var (code, asked) = await RunOnceAsync(command, secret, ended).ConfigureAwait(false);
            if (asked is null)
            {
                return code;
            }

            secret = secrets.Read(asked, out var error);
            if (secret is null)
            {
                output.WriteError(error!, command.Json);
                return CommandLine.Failed;
            }
        }
    }

    // The exit code, or what the node wants to be asked for.
    private async Task<(int Code, string? Asked)> RunOnceAsync(CommandLine command, string? secret, CancellationToken ended)
    {
        var hasBegun = false;
        try
        {
            await foreach (var reply in client.RunAsync(command.Words, secret, ended).ConfigureAwait(false))
            {
                if (reply.Ask is { } asked && secret is null)
                {
                    return (CommandLine.Failed, asked);
                }

                hasBegun = true;
                output.Write(reply, command.Json);
                if (reply is { Final: true, Error: true })
                {
                    return (CommandLine.Failed, null);
                }
            }

            return (0, null);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // That is how a stream ends. What was interrupted before it said anything may or may not have been done.
            return (hasBegun ? 0 : CommandLine.Failed, null);
        }
    }

    private async Task<int> WatchAsync(CommandLine command, TimeSpan interval, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(interval);
        var code = 0;
        try
        {
            do
            {
                if (!command.Json)
                {
                    var clear = Console.IsOutputRedirected ? "" : ClearScreen;
                    output.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{clear}{string.Join(' ', command.Words)}, every {interval.TotalSeconds} s, {DateTimeOffset.Now:HH:mm:ss}"));
                }

                code = await RunWatchedAsync(command, ended).ConfigureAwait(false);
            }
            while (!ended.IsCancellationRequested && await timer.WaitForNextTickAsync(ended).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Ended by hand.
        }

        return code;
    }

    // Whoever watches wants to see the node come back.
    private async Task<int> RunWatchedAsync(CommandLine command, CancellationToken ended)
    {
        try
        {
            return await RunOnceAsync(command, ended).ConfigureAwait(false);
        }
        catch (NotAnsweredException failure) when (failure.IsLost)
        {
            output.WriteError(failure.Message, command.Json);
            return CommandLine.Unusable;
        }
    }

    private async Task<int> HelpAsync(ImmutableArray<string> words, CancellationToken ended)
    {
        await ConnectAsync(ended).ConfigureAwait(false);
        if (words.IsEmpty)
        {
            output.WriteLine(HelpText.Of(Palettes).TrimEnd());
            return 0;
        }

        if (Palettes.FirstOrDefault(palette => palette.Name == words[0]) is { } known)
        {
            output.WriteLine(HelpText.Of(known).TrimEnd());
            return 0;
        }

        output.WriteError($"there is no palette '{words[0]}'");
        return CommandLine.Failed;
    }
}
