using System.Globalization;

namespace MtaCluster.Testing.Peers;

/// <summary>Postfix's load generator.</summary>
public static class SmtpSource
{
    /// <summary>Sends messages over several sessions at once and waits until all were answered. Skips the test if it is not installed.</summary>
    /// <returns>Its exit code (0: every reply was positive) and output.</returns>
    public static Task<ProgramResult> RunAsync(int port, int messages, int sessions, int octets, string to, TimeSpan timeout) =>
        ChildProcess.RunAsync(
            PeerPrograms.Require("smtp-source"),
            [
                "-4", "-d", "-M", "client.example.com", "-f", "sender@example.com", "-t", to,
                "-m", messages.ToString(CultureInfo.InvariantCulture), "-s", sessions.ToString(CultureInfo.InvariantCulture),
                "-l", octets.ToString(CultureInfo.InvariantCulture), $"127.0.0.1:{port}",
            ],
            timeout);
}

/// <summary>Postfix's sink: a peer of other hands, which can be told to refuse or to be slow.</summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private SmtpSink(int port, ChildProcess process)
    {
        Port = port;
        _process = process;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts it with further options of smtp-sink(1), so that it ends after so many messages. Skips the test if it is not installed.</summary>
    public static async Task<SmtpSink> StartAsync(int endsAfterMessages, params string[] options)
    {
        var port = LoopbackPorts.Next();
        var user = Environment.IsPrivilegedProcess ? new[] { "-u", "nobody" } : [];
        var count = endsAfterMessages.ToString(CultureInfo.InvariantCulture);
        var process = ChildProcess.Start(
            PeerPrograms.Require("smtp-sink"), ["-4", "-M", count, .. user, .. options, $"127.0.0.1:{port}", "1024"]);
        await SmtpReadiness.WaitAsync(port, process, TimeSpan.FromSeconds(20)).ConfigureAwait(false);
        return new SmtpSink(port, process);
    }

    /// <summary>Waits until it ended by itself, which it does after its number of messages.</summary>
    public Task<int> WaitForExitAsync(TimeSpan timeout) => _process.WaitForExitAsync(timeout);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
