using Akka.Actor;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Smtp;

/// <summary>What inbound sessions work with.</summary>
/// <param name="LocalSpools">The spools of this node.</param>
/// <param name="SpoolRegion">The way to a spool of another node.</param>
/// <param name="Spools">How many spools the cluster has.</param>
/// <param name="AcceptTimeout">How long a spool may take to make a message durable.</param>
/// <param name="Time">The clock.</param>
public sealed record InboundServices(
    LocalSpools LocalSpools, IActorRef SpoolRegion, int Spools, TimeSpan AcceptTimeout, TimeProvider Time)
{
    /// <summary>
    /// The negative control of the crash test: say 250 before the message is durable. Loses mail; for the test that must find it lost, and
    /// nothing else.
    /// </summary>
    public bool AcknowledgeBeforeCommit { get; init; }
}

/// <summary>Makes a ConnectionActor for each inbound session.</summary>
public sealed class InboundConnections : IInboundConnections, IDisposable
{
    private readonly ActorSystem _system;
    private readonly InboundServices _services;
    private readonly CancellationTokenSource _draining = new();
    private readonly Props _props;
    private int _open;

    /// <summary>The sessions of one node.</summary>
    public InboundConnections(ActorSystem system, InboundServices services)
    {
        _system = system;
        _services = services;
        _props = ActorProps.Of(() => new ConnectionActor(services));
    }

    /// <inheritdoc/>
    public CancellationToken Draining => _draining.Token;

    /// <summary>The sessions that are open.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>Begins to drain: no new mail from now on.</summary>
    public void BeginDrain() => _draining.Cancel();

    /// <inheritdoc/>
    public IInboundConnection Open(InboundConnectionInfo info)
    {
        Interlocked.Increment(ref _open);
        return new Connection(this, _system.ActorOf(_props));
    }

    /// <inheritdoc/>
    public void Dispose() => _draining.Dispose();

    private sealed class Connection(InboundConnections owner, IActorRef actor) : IInboundConnection
    {
        private int _disposed;

        // Into a spool of this node where there is one: then neither message nor body crosses the network.
        public QueueId NewQueueId()
        {
            var services = owner._services;
            var spool = services.LocalSpools.Accepting?.Number ?? Random.Shared.Next(services.Spools);
            return QueueId.Create(services.Time.GetUtcNow(), spool);
        }

        public Task<SmtpReply?> AcceptAsync(SubmittedMessage message)
        {
            var answer = new TaskCompletionSource<SmtpReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
            actor.Tell(new SubmitMessage(message, answer));
            return answer.Task;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Interlocked.Decrement(ref owner._open);
                actor.Tell(SessionEnded.Instance);
            }
        }
    }
}
