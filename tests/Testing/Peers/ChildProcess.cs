using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MtaCluster.Testing.Peers;

/// <summary>What a finished program left.</summary>
public sealed record ProgramResult(int ExitCode, string Output);

/// <summary>A process that a test started: its output is kept, and it is ended by process id when disposed.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int MaximumLines = 200_000;
    private static readonly TimeSpan s_killTimeout = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<ChildProcess, byte> s_running = new();
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Match, TaskCompletionSource<string> Found)> _waiting = [];

    private bool _disposed;

    /// <summary>None outlives this process, however it ends: unless it is killed itself.</summary>
    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in s_running.Keys)
        {
            child.Kill();
        }
    };

    private ChildProcess(Process process) => _process = process;

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Everything it wrote so far, standard output and standard error together.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child._process.Start();
        s_running[child] = 0;
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public static async Task<ProgramResult> RunAsync(string program, IEnumerable<string> arguments, TimeSpan timeout)
    {
        await using var child = Start(program, arguments);
        var exitCode = await child.WaitForExitAsync(timeout).ConfigureAwait(false);
        return new ProgramResult(exitCode, child.Output);
    }

    /// <summary>Waits for a line of its output, past ones included. Fails as soon as the process ends without it.</summary>
    /// <exception cref="InvalidOperationException">The process ended first.</exception>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> match, TimeSpan timeout)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Find(line => match(line)) is { } line)
            {
                return line;
            }

            _waiting.Add((match, found));
        }

        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(found.Task, ended).WaitAsync(timeout).ConfigureAwait(false) == ended && !found.Task.IsCompleted)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} ended with {_process.ExitCode}:\n{Output}");
        }

        return await found.Task.ConfigureAwait(false);
    }

    /// <summary>Waits for its end and the end of its output; kills it if that takes too long.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await KillAsync().ConfigureAwait(false);
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {timeout}:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGTERM, then waits for the end.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public Task<int> TerminateAsync(TimeSpan timeout)
    {
        Terminate();
        return WaitForExitAsync(timeout);
    }

    /// <summary>SIGTERM, and does not wait.</summary>
    public void Terminate()
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, SigTerm);
        }
    }

    /// <summary>SIGKILL, and does not wait: usable at an exact moment.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>SIGKILL, then waits for the end.</summary>
    public Task KillAsync()
    {
        Kill();
        return _process.WaitForExitAsync().WaitAsync(s_killTimeout);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await KillAsync().ConfigureAwait(false);
        s_running.TryRemove(this, out _);
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_lines.Count < MaximumLines)
            {
                _lines.Add(line);
            }

            foreach (var (match, found) in _waiting)
            {
                if (match(line))
                {
                    found.TrySetResult(line);
                }
            }
        }
    }
}
