using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Destination;

/// <summary>What DestinationActors work with.</summary>
/// <param name="Shaping">The limits.</param>
/// <param name="BackOff">How long unreachable destinations are left alone.</param>
/// <param name="Time">The clock.</param>
/// <param name="JournalPluginId">Their journal: not that of the spools, so that neither can stop the other.</param>
/// <param name="SnapshotPluginId">Their snapshot store.</param>
public sealed record DestinationServices(
    ShapingTable Shaping, BackOffSettings BackOff, TimeProvider Time, string JournalPluginId, string SnapshotPluginId);

/// <summary>
/// The single writer of one destination's limits, sharded over the cluster: grants leases to the dispatchers of the nodes, counts the
/// rate, and decides on back-off. Survives: its back-off and its used rate are journaled before they are granted; leases expire by
/// themselves. Guarantees: the leases in force never add up to more than the limit.
/// </summary>
internal sealed class DestinationActor : UntypedPersistentActor
{
    /// <summary>How long a lease is worth something. Dispatchers with demand renew once a second.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(5);

    private const int EventsBetweenSnapshots = 100;

    private readonly DestinationKey _key;
    private readonly DestinationServices _services;
    private readonly DestinationState _state;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _leaseId;

    public DestinationActor(DestinationKey key, DestinationServices services)
    {
        _key = key;
        _services = services;
        _state = new DestinationState(services.Shaping.LimitsFor(key), services.BackOff);
        PersistenceId = "destination-" + key;
        JournalPluginId = services.JournalPluginId;
        SnapshotPluginId = services.SnapshotPluginId;
        _leaseId = services.Time.GetUtcNow().ToUnixTimeMilliseconds() << 16;
    }

    public override string PersistenceId { get; }

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: DestinationSnapshot snapshot }:
                foreach (var e in snapshot.Events)
                {
                    _state.Apply(e);
                }

                break;
            case DestinationEvent e:
                _state.Apply(e);
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        var now = _services.Time.GetUtcNow();
        switch (message)
        {
            case RequestLease request:
                Grant(request.Node, request.Connections, request.Messages, now);
                break;
            case ReportConnectFailure failure:
                BackOff(failure, now);
                break;
            case ReportConnectSuccess success when _state.BackOffUntil is null:
                Grant(success.Node, success.Connections, success.Messages, now);
                break;
            case ReportConnectSuccess success:
                Write(new DestinationEvent.Recovered(), () =>
                {
                    _log.Info("Destination {0} can be reached again", _key);
                    Grant(success.Node, success.Connections, success.Messages, now);
                });
                break;
            case SaveSnapshotSuccess saved:
                DeleteMessages(saved.Metadata.SequenceNr);
                DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
                break;
            case SaveSnapshotFailure or DeleteMessagesSuccess or DeleteMessagesFailure or DeleteSnapshotsSuccess or DeleteSnapshotsFailure:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Fail closed: a dispatcher that gets no answer keeps what it has until it expires, then opens nothing.
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
        => _log.Error(cause, "Journal write of destination {0} failed; it starts anew", _key);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
        => _log.Error(cause, "Journal write of destination {0} was rejected", _key);

    private void BackOff(ReportConnectFailure failure, DateTimeOffset now)
    {
        if (_state.Fail(now, failure.Reason) is not { } e)
        {
            Grant(failure.Node, 0, 0, now);
            return;
        }

        Write(e, () =>
        {
            _log.Warning("Destination {0} is backed off until {1:O} after {2} failures: {3}", _key, _state.BackOffUntil, _state.Failures, failure.Reason);
            Grant(failure.Node, 0, 0, now);
        });
    }

    private void Grant(string node, int connections, int messages, DateTimeOffset now)
    {
        var granted = _state.GrantConnections(node, connections, now, LeaseDuration);
        var (count, used) = granted == 0 ? (0, null) : _state.GrantMessages(messages, now);
        if (used is null)
        {
            Reply(granted, count);
        }
        else
        {
            Write(used, () => Reply(granted, count));
        }
    }

    private void Reply(int connections, long messages)
        => Sender.Tell(new LeaseGranted(_key, ++_leaseId, connections, messages, LeaseDuration, _state.BackOffUntil));

    private void Write(DestinationEvent e, Action then) => Persist(e, persisted =>
    {
        _state.Apply(persisted);
        then();
        if (LastSequenceNr % EventsBetweenSnapshots == 0)
        {
            SaveSnapshot(_state.ToSnapshot());
        }
    });
}

/// <summary>The durable state of a destination: the events that make it.</summary>
public sealed record DestinationSnapshot(System.Collections.Immutable.ImmutableArray<DestinationEvent> Events);

/// <summary>How destinations are sharded.</summary>
public static class DestinationSharding
{
    /// <summary>The name of the shard region.</summary>
    public const string TypeName = "destination";

    private const int Shards = 64;

    /// <summary>Starts the shard region of this node. Destinations without demand stop after two minutes.</summary>
    public static IActorRef StartRegion(ActorSystem system, DestinationServices services)
        => ClusterSharding.Get(system).Start(
            TypeName,
            entityId => ActorProps.Of(() => new DestinationActor(Parse(entityId), services)),
            ClusterShardingSettings.Create(system).WithRole("spool"),
            new Extractor());

    private static DestinationKey Parse(string entityId) => DestinationKey.TryParse(entityId, out var key)
        ? key
        : throw new ArgumentException($"'{entityId}' names no destination", nameof(entityId));

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => message is IDestinationCommand command ? command.Destination.ToString() : null;
    }
}
