using System.Diagnostics;
using System.Text;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests;

/// <summary>pbm at a terminal: what is typed, and what appears. Each wait goes on after what the last one found.</summary>
public sealed class TerminalSession : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly StringBuilder _screen = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;

    private TerminalSession(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>Starts pbm; <c>script</c> of util-linux is its terminal.</summary>
    public static TerminalSession Start(PbmRun pbm, params string[] arguments)
    {
        var script = PeerPrograms.Require("script");

        // In the place of the shell that script starts: Ctrl-C is for all who sit at the terminal, and dash ends by it.
        var command = "exec " + string.Join(' ', new[] { PbmRun.Command.Program, PbmRun.Command.Assembly }.Concat(arguments).Select(word => $"'{word}'"));
        var process = new Process { StartInfo = pbm.StartInfo(script, ["-q", "-e", "-c", command, "/dev/null"]) };
        process.Start();
        return new TerminalSession(process);
    }

    /// <summary>Types something.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until a text has appeared.</summary>
    /// <returns>What appeared, up to and with it.</returns>
    /// <exception cref="TimeoutException">It did not appear; the message has what did.</exception>
    public async Task<string> WaitForAsync(string text)
    {
        using var expired = new CancellationTokenSource(s_patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var screen = _screen.ToString();
                var found = screen.IndexOf(text, _seen, StringComparison.Ordinal);
                if (found >= 0)
                {
                    var appeared = screen[_seen..(found + text.Length)];
                    _seen = found + text.Length;
                    return appeared;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(expired.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"'{text}' did not appear after {_seen} characters of:\n{_screen}");
            }
        }
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(buffer)) > 0)
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _screen.Append(buffer, 0, count);
                changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }
    }
}
