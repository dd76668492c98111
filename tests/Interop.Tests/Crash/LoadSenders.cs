using System.Net.Sockets;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests.Crash;

/// <summary>
/// Sessions that send mail to one port as fast as it is taken, reconnect when the server was killed, and write down what they
/// know. While the server is known to be down they wait at a gate.
/// </summary>
internal sealed class LoadSenders : IAsyncDisposable
{
    private readonly int _port;
    private readonly MailLedger _ledger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _sessions;
    private volatile TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _finishing;
    private int _farewells;

    /// <summary>Starts the sessions before a closed gate.</summary>
    public LoadSenders(int port, MailLedger ledger, int sessions)
    {
        _port = port;
        _ledger = ledger;
        _sessions = [.. Enumerable.Range(0, sessions).Select(_ => Task.Run(RunAsync))];
    }

    /// <summary>A final dot is about to be sent. On a session's thread.</summary>
    public event Action? Dot;

    /// <summary>A mail was acknowledged. On a session's thread.</summary>
    public event Action? Acknowledged;

    /// <summary>Sessions that ended because the server said 421.</summary>
    public int Farewells => Volatile.Read(ref _farewells);

    /// <summary>The server takes mail.</summary>
    public void Open() => _gate.TrySetResult();

    /// <summary>The server is about to go.</summary>
    public void Close()
    {
        // A closed gate stays: sessions wait at it.
        if (_gate.Task.IsCompleted)
        {
            _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Finishes the transactions in hand and ends.</summary>
    public async Task FinishAsync()
    {
        _finishing = true;
        Open();
        await Task.WhenAll(_sessions).WaitAsync(RelayFixture.Patience).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _finishing = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        Open();
        await Task.WhenAll(_sessions).WaitAsync(RelayFixture.Patience).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_finishing)
        {
            await _gate.Task.ConfigureAwait(false);
            try
            {
                await using var client = await RawSmtpClient.ConnectAsync(_port, _stopping.Token).ConfigureAwait(false);
                while (!_finishing && await SendOneAsync(client).ConfigureAwait(false))
                {
                }
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // Killed in the middle: the ledger has what is known.
                await Task.Yield();
            }
        }
    }

    /// <returns>False if the session is at its end.</returns>
    private async Task<bool> SendOneAsync(RawSmtpClient client)
    {
        var entry = _ledger.Begin();
        var reply = await client.BeginContentAsync(entry.ReversePath, [entry.Recipient], _stopping.Token).ConfigureAwait(false);
        if (reply.Code == 354)
        {
            entry.Attempt();
            Dot?.Invoke();
            reply = await client.FinishContentAsync(entry.Content, _stopping.Token).ConfigureAwait(false);
        }

        entry.Settle(reply.IsPositive);
        if (reply.IsPositive)
        {
            Acknowledged?.Invoke();
        }

        if (reply.Code == 421)
        {
            Interlocked.Increment(ref _farewells);
        }

        return reply.Code != 421;
    }
}
