using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>How senders send.</summary>
public sealed record SenderOptions
{
    /// <summary>Where the nodes take mail; the index is the node's number.</summary>
    public required IReadOnlyList<IPEndPoint> Nodes { get; init; }

    /// <summary>Sessions at once, spread over the nodes.</summary>
    public int Sessions { get; init; } = 10;

    /// <summary>Mail after which a session ends and goes on at the next node; null for never.</summary>
    public int? MailPerSession { get; init; }

    /// <summary>Mail per second in all, whatever becomes of it; null for as fast as it is taken.</summary>
    public double? Rate { get; init; }

    /// <summary>How long a session waits for one reply before it gives the connection up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(90);
}

/// <summary>
/// Sessions that send mail, reconnect to the next node when theirs is lost or says 421, and write down what they know. They begin before a
/// closed gate.
/// </summary>
public sealed class Senders : IAsyncDisposable
{
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(120);
    private readonly SenderLedger _ledger;
    private readonly SenderOptions _options;
    private readonly Pace? _pace;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _finishing = new();
    private readonly ConcurrentDictionary<int, int> _replies = new();
    private readonly Task[] _sessions;
    private volatile TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lostConnections;

    /// <summary>Starts the sessions.</summary>
    public Senders(SenderLedger ledger, SenderOptions options)
    {
        _ledger = ledger;
        _options = options;
        _pace = options.Rate is { } rate ? new Pace(rate) : null;
        _sessions = [.. Enumerable.Range(0, options.Sessions).Select(session => Task.Run(() => RunAsync(session)))];
    }

    /// <summary>A final dot is about to be sent to this node. On a session's thread.</summary>
    public event Action<int>? Dot;

    /// <summary>A mail was acknowledged by this node. On a session's thread.</summary>
    public event Action<int>? Acknowledged;

    /// <summary>Sessions that ended because the server said 421.</summary>
    public int Farewells => _replies.GetValueOrDefault(421);

    /// <summary>How often each code was the reply that ended a transaction or refused a recipient or a session.</summary>
    public IReadOnlyDictionary<int, int> Replies => _replies;

    /// <summary>Sessions that ended where a reply was due.</summary>
    public int LostConnections => Volatile.Read(ref _lostConnections);

    /// <summary>Mail that was due by the rate while every session was busy or without a node.</summary>
    public long Missed => _pace?.Missed ?? 0;

    /// <summary>Lets the sessions send.</summary>
    public void Open()
    {
        _pace?.Start();
        _gate.TrySetResult();
    }

    /// <summary>The only server is about to go: sessions that lose it wait at the gate.</summary>
    public void Close()
    {
        // A closed gate stays: sessions wait at it.
        if (_gate.Task.IsCompleted)
        {
            _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The sessions stay and begin no mail until <see cref="Open"/>. Only with a rate.</summary>
    public void Hold() => _pace!.Hold();

    /// <summary>Finishes the transactions in hand and ends.</summary>
    public async Task FinishAsync()
    {
        await _finishing.CancelAsync().ConfigureAwait(false);
        Open();
        await Task.WhenAll(_sessions).WaitAsync(s_endTimeout).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await FinishAsync().ConfigureAwait(false);
        _pace?.Dispose();
        _stopping.Dispose();
        _finishing.Dispose();
    }

    private async Task RunAsync(int session)
    {
        for (var node = session % _options.Nodes.Count; !_finishing.IsCancellationRequested; node = (node + 1) % _options.Nodes.Count)
        {
            await _gate.Task.ConfigureAwait(false);
            try
            {
                await RunSessionAsync(node).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // Killed in the middle, or not there: the ledger has what is known. A rate also paces how often it is tried.
                await Task.Yield();
                await TakeTurnAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task RunSessionAsync(int node)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(_options.Patience);
        await using var client = await ConnectAsync(node, patience.Token).ConfigureAwait(false);
        for (var sent = 0; sent != _options.MailPerSession && await TakeTurnAsync().ConfigureAwait(false); sent++)
        {
            try
            {
                if (!await SendOneAsync(client, node, patience).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (IOException)
            {
                Interlocked.Increment(ref _lostConnections);
                throw;
            }
        }

        await client.CommandAsync("QUIT", patience.Token).ConfigureAwait(false);
    }

    private async Task<RawSmtpClient> ConnectAsync(int node, CancellationToken cancellationToken)
    {
        try
        {
            return await RawSmtpClient.ConnectAsync(_options.Nodes[node], cancellationToken).ConfigureAwait(false);
        }
        catch (RefusedException refused)
        {
            Count(refused.Reply);
            throw;
        }
    }

    /// <returns>False if there is to be no more mail.</returns>
    private async ValueTask<bool> TakeTurnAsync()
    {
        if (_pace is null)
        {
            return !_finishing.IsCancellationRequested;
        }

        try
        {
            await _pace.TakeAsync(_finishing.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <returns>False if the session is at its end.</returns>
    private async Task<bool> SendOneAsync(RawSmtpClient client, int node, CancellationTokenSource patience)
    {
        var mail = _ledger.Begin();
        mail.Begin(node);
        var reply = await SendEnvelopeAsync(client, mail, patience).ConfigureAwait(false);
        if (reply.Code == 354)
        {
            patience.CancelAfter(_options.Patience);
            mail.Attempt();
            Dot?.Invoke(node);
            reply = await client.FinishContentAsync(mail.Content, patience.Token).ConfigureAwait(false);
        }

        mail.Settle(reply);
        Count(reply);
        if (reply.IsPositive)
        {
            Acknowledged?.Invoke(node);
        }
        else if (reply.Code != 421 && mail.AttemptedAt == 0)
        {
            // What was begun is still open on the server's side.
            await client.CommandAsync("RSET", patience.Token).ConfigureAwait(false);
        }

        return reply.Code != 421;
    }

    /// <returns>The reply to DATA, or the one that stopped the transaction before it.</returns>
    private async Task<WireReply> SendEnvelopeAsync(RawSmtpClient client, SentMail mail, CancellationTokenSource patience)
    {
        patience.CancelAfter(_options.Patience);
        var reply = await client.CommandAsync($"MAIL FROM:<{mail.ReversePath}>", patience.Token).ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            return reply;
        }

        var taken = 0;
        foreach (var recipient in mail.Recipients)
        {
            patience.CancelAfter(_options.Patience);
            reply = await client.CommandAsync($"RCPT TO:<{recipient.Address}>", patience.Token).ConfigureAwait(false);
            if (reply.IsPositive)
            {
                taken++;
            }
            else if (reply.Code == 421)
            {
                return reply;
            }
            else
            {
                recipient.Refuse(reply);
                Count(reply);
            }
        }

        return taken > 0 ? await client.CommandAsync("DATA", patience.Token).ConfigureAwait(false) : reply;
    }

    private void Count(WireReply reply) => _replies.AddOrUpdate(reply.Code, 1, (_, count) => count + 1);
}
