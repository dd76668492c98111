using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
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
    /// <summary>While it is not good, no mail is taken.</summary>
    public StoreHealth StoreHealth { get; init; } = new();

    /// <summary>
    /// The negative control of the crash test: say 250 before the message is durable. Loses mail; for the test that must find it lost, and
    /// nothing else.
    /// </summary>
    public bool AcknowledgeBeforeCommit { get; init; }
}

/// <summary>An inbound session that is open.</summary>
/// <param name="ConnectionId">As in the logs.</param>
/// <param name="Listener">The listener that took it.</param>
/// <param name="Remote">The client's address and port.</param>
/// <param name="Since">When it was opened.</param>
/// <param name="State">commands, receiving (the content of a message, or it has been refused) or storing (it waits for its spool).</param>
/// <param name="Message">The id of the message under way, or null.</param>
/// <param name="Messages">Messages begun so far.</param>
public sealed record InboundConnectionDescription(
    string ConnectionId, string Listener, string Remote, DateTimeOffset Since, string State, QueueId? Message, int Messages);

/// <summary>Makes a ConnectionActor for each inbound session.</summary>
public sealed class InboundConnections : IInboundConnections, IDisposable
{
    private readonly ActorSystem _system;
    private readonly InboundServices _services;
    private readonly CancellationTokenSource _draining = new();
    private readonly Props _props;
    private readonly ConcurrentDictionary<Connection, bool> _open = new();
    private int _storing;

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
    public int Count => _open.Count;

    /// <summary>The sessions that wait for a spool to make their message durable.</summary>
    public int Storing => Volatile.Read(ref _storing);

    /// <summary>Tells of the sessions that are open, the oldest first.</summary>
    public ImmutableArray<InboundConnectionDescription> Describe() =>
        [.. _open.Keys.Select(connection => connection.Describe()).OrderBy(connection => connection.Since)];

    /// <summary>Begins to drain: no new mail from now on.</summary>
    public void BeginDrain() => _draining.Cancel();

    /// <inheritdoc/>
    public IInboundConnection Open(InboundConnectionInfo info)
    {
        var connection = new Connection(this, info, _system.ActorOf(_props));
        _open.TryAdd(connection, true);
        return connection;
    }

    /// <inheritdoc/>
    public void Dispose() => _draining.Dispose();

    // Its own thread writes what is told of it, anyone reads it: a description may be a moment old, and is never torn.
    private sealed class Connection(InboundConnections owner, InboundConnectionInfo info, IActorRef actor) : IInboundConnection
    {
        private static readonly Progress s_none = new("commands", null, 0);

        private readonly DateTimeOffset _since = owner._services.Time.GetUtcNow();
        private volatile Progress _progress = s_none;

        public InboundConnectionDescription Describe()
        {
            var (state, message, messages) = _progress;
            return new InboundConnectionDescription(info.ConnectionId, info.Listener, info.Remote.ToString(), _since, state, message, messages);
        }

        public bool MayAccept => owner._services.StoreHealth.IsGood;

        // Into a spool of this node where there is one: then neither message nor body crosses the network.
        public QueueId NewQueueId()
        {
            var services = owner._services;
            var spool = services.LocalSpools.Accepting?.Number ?? Random.Shared.Next(services.Spools);
            var id = QueueId.Create(services.Time.GetUtcNow(), spool);
            _progress = new Progress("receiving", id, _progress.Messages + 1);
            return id;
        }

        public Task<SmtpReply?> AcceptAsync(SubmittedMessage message)
        {
            _progress = new Progress("storing", message.Id, _progress.Messages);
            var answer = new TaskCompletionSource<SmtpReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
            actor.Tell(new SubmitMessage(message, answer));
            return AnswerAsync(answer.Task);
        }

        public void Dispose()
        {
            if (owner._open.TryRemove(this, out _))
            {
                actor.Tell(SessionEnded.Instance);
            }
        }

        private async Task<SmtpReply?> AnswerAsync(Task<SmtpReply?> answer)
        {
            Interlocked.Increment(ref owner._storing);
            try
            {
                return await answer.ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref owner._storing);
                _progress = s_none with { Messages = _progress.Messages };
            }
        }

        private sealed record Progress(string State, QueueId? Message, int Messages);
    }
}
