namespace MtaCluster.Pbm;

/// <summary>The shell at a terminal: says when the connection is lost, and connects again.</summary>
internal sealed class Shell(string target, Session session, Output output, Interrupts interrupts)
{
    private static readonly TimeSpan s_reconnectInterval = TimeSpan.FromSeconds(1);

    /// <summary>Runs until exit or the end of input.</summary>
    /// <exception cref="NotAnsweredException">There was no connection to begin with.</exception>
    public async Task<int> RunAsync()
    {
        await session.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        interrupts.IsShell = true;
        var history = History.OpenUsers();
        var editor = new LineEditor(new ConsoleTerminal(Console.Out), history, text => Completion.Of(text, session.Palettes));
        while (editor.Read($"[{target}] pbm> ") is { } text)
        {
            var words = Words.Split(text);
            history.Add(text.Trim());
            if (words is ["exit"] or ["quit"])
            {
                break;
            }

            if (!words.IsEmpty)
            {
                await interrupts.RunAsync(ended => RunAsync(() => session.RunAsync(words, ended), ended)).ConfigureAwait(false);
            }
        }

        return 0;
    }

    private async Task<int> RunAsync(Func<Task<int>> command, CancellationToken ended)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (NotAnsweredException failure) when (failure.IsLost)
        {
            output.WriteError(failure.Message);
            await ReconnectAsync(ended).ConfigureAwait(false);
        }
        catch (NotAnsweredException failure)
        {
            output.WriteError(failure.Message);
        }
        catch (OperationCanceledException)
        {
            // Interrupted.
        }

        return CommandLine.Unusable;
    }

    // The command is not given again: whether it was done is for its author to find out.
    private async Task ReconnectAsync(CancellationToken ended)
    {
        output.WriteLine("Connecting again; Ctrl-C to stop");
        using var timer = new PeriodicTimer(s_reconnectInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                if (await TryConnectAsync(ended).ConfigureAwait(false))
                {
                    output.WriteLine($"Connected to {target} again");
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            output.WriteLine($"Not connected; the next command tries again");
        }
    }

    private async Task<bool> TryConnectAsync(CancellationToken ended)
    {
        try
        {
            await session.ConnectAsync(ended).ConfigureAwait(false);
            return true;
        }
        catch (NotAnsweredException failure) when (failure.IsLost)
        {
            return false;
        }
        catch (NotAnsweredException failure)
        {
            output.WriteError(failure.Message);
            return true;
        }
    }
}
