using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Testing.Peers;

/// <summary>Waits for the greeting of a server that does not tell when it is ready.</summary>
internal static class SmtpReadiness
{
    /// <summary>Connects until a 220 comes.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    /// <exception cref="InvalidOperationException">The process ended.</exception>
    public static async Task WaitAsync(int port, ChildProcess? process, TimeSpan timeout)
    {
        using var expired = new CancellationTokenSource(timeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await GreetsAsync(port).ConfigureAwait(false))
        {
            if (process is { HasExited: true })
            {
                throw new InvalidOperationException($"the server ended:\n{process.Output}");
            }

            try
            {
                await timer.WaitForNextTickAsync(expired.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no greeting on port {port} within {timeout}");
            }
        }
    }

    private static async Task<bool> GreetsAsync(int port)
    {
        using var connection = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await connection.ConnectAsync(IPAddress.Loopback, port, patience.Token).ConfigureAwait(false);
            var line = await new SmtpWire(connection.GetStream()).ReadLineAsync(patience.Token).ConfigureAwait(false);
            return line?.StartsWith("220", StringComparison.Ordinal) == true;
        }
        catch (Exception error) when (error is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
