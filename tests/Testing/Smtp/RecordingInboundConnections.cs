using System.Collections.Concurrent;
using MtaCluster.Actors;
using MtaCluster.Actors.Smtp;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Testing.Smtp;

/// <summary>Keeps what sessions hand over, and answers as told.</summary>
public sealed class RecordingInboundConnections : IInboundConnections, IDisposable
{
    private readonly CancellationTokenSource _draining = new();

    /// <summary>What was handed over, in order.</summary>
    public ConcurrentQueue<SubmittedMessage> Messages { get; } = new();

    /// <summary>Who connected, in order.</summary>
    public ConcurrentQueue<InboundConnectionInfo> Opened { get; } = new();

    /// <summary>How many sessions have ended.</summary>
    public int Closed { get; private set; }

    /// <summary>The answer to a message; null is acceptance.</summary>
    public Func<SubmittedMessage, Task<SmtpReply?>> OnAccept { get; set; } = static _ => Task.FromResult<SmtpReply?>(null);

    /// <summary>Whether mail can be made durable.</summary>
    public bool MayAccept { get; set; } = true;

    /// <inheritdoc/>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Begins to drain.</summary>
    public void Drain() => _draining.Cancel();

    /// <inheritdoc/>
    public IInboundConnection Open(InboundConnectionInfo info)
    {
        Opened.Enqueue(info);
        return new Connection(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _draining.Dispose();

    private sealed class Connection(RecordingInboundConnections owner) : IInboundConnection
    {
        public bool MayAccept => owner.MayAccept;

        public QueueId NewQueueId() => QueueId.Create(DateTimeOffset.UnixEpoch.AddYears(55), spool: 7);

        public Task<SmtpReply?> AcceptAsync(SubmittedMessage message)
        {
            owner.Messages.Enqueue(message);
            return owner.OnAccept(message);
        }

        public void Dispose() => owner.Closed++;
    }
}
