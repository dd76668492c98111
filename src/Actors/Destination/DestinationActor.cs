using System.Collections.Immutable;
using Akka.Actor;
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
    ShapingTable Shaping, BackOffSettings BackOff, TimeProvider Time, string JournalPluginId, string SnapshotPluginId)
{
    /// <summary>The node that they run on, for those who ask.</summary>
    public string NodeName { get; init; } = string.Empty;
}

/// <summary>
/// The authority of one destination, sharded over the cluster: grants leases to the dispatchers of the nodes, counts the rate, decides on
/// back-off, keeps suspensions.
/// </summary>
/// <remarks>
/// <para>Survives a move to another node: what it may have granted, what of the rate is used, back-off and suspension are journaled before
/// they take effect. Guarantees: the connections open at all nodes never add up to more than the limit (docs/adr/0011).</para>
/// <para>Fails closed: while its journal does not work, or its node does not see the majority of the cluster, nobody gets an answer; a
/// dispatcher keeps what it has until it expires, then has nothing.</para>
/// </remarks>
internal sealed partial class DestinationActor : UntypedPersistentActor
{
    private const int EventsBetweenSnapshots = 100;

    private readonly DestinationKey _key;
    private readonly DestinationServices _services;
    private readonly NodeFooting _footing;
    private readonly DestinationLimits _limits;
    private readonly DestinationState _state;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private LeaseBook _book;
    private long _epoch;
    private uint _leases;
    private long _pauses;
    private long _eventsSinceSnapshot;

    public DestinationActor(DestinationKey key, DestinationServices services, NodeFooting footing)
    {
        _key = key;
        _services = services;
        _footing = footing;
        _limits = services.Shaping.LimitsFor(key);
        _state = new DestinationState(_limits, services.BackOff);
        _book = new LeaseBook(_limits.Connections, [], default);
        PersistenceId = "destination-" + key;
        JournalPluginId = services.JournalPluginId;
        SnapshotPluginId = services.SnapshotPluginId;
    }

    public override string PersistenceId { get; }

    private Moment Now => Moment.Of(_services.Time);

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
                _eventsSinceSnapshot++;
                break;
            case RecoveryCompleted:
                // From here on the leases of the incarnation before are counted down, not from whenever they were granted.
                _book = new LeaseBook(_limits.Connections, _state.Reserved.Select(share => new NodeShare(share.Key, share.Value)), Now.Steady);
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case RequestLease request:
                Answer(request.Node, request.Connections, request.Messages, request.Holding);
                break;
            case ReportConnectFailure failure:
                BackOff(failure);
                break;
            case ReportConnectSuccess success:
                Recover(success);
                break;
            case SuspendDestination suspend:
                Suspend(suspend);
                break;
            case ResumeDestination resume:
                Resume(resume);
                break;
            case GetDestination:
                Sender.Tell(Describe());
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

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
        => _log.Error(cause, "Journal write of destination {0} failed; it starts anew", _key);

    // What was decided is not durable, and yet decided: only a new incarnation knows what holds.
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _log.Error(cause, "Journal write of destination {0} was rejected; it starts anew", _key);
        Context.Stop(Self);
    }

    private void BackOff(ReportConnectFailure failure)
    {
        if (_state.Fail(Now.Clock, failure.Reason) is not { } e)
        {
            Answer(failure.Node, 0, 0, failure.Holding);
            return;
        }

        Write([e], () =>
        {
            _log.Warning("Destination {0} is backed off until {1:O} after {2} failures: {3}", _key, _state.BackOffUntil, _state.Failures, failure.Reason);
            Answer(failure.Node, 0, 0, failure.Holding);
        });
    }

    private void Recover(ReportConnectSuccess success)
    {
        if (_state.BackOffUntil is null)
        {
            Answer(success.Node, success.Connections, success.Messages, success.Holding);
            return;
        }

        Write([new DestinationEvent.Recovered()], () =>
        {
            _log.Info("Destination {0} can be reached again", _key);
            Answer(success.Node, success.Connections, success.Messages, success.Holding);
        });
    }

    private void Suspend(SuspendDestination suspend)
    {
        var e = new DestinationEvent.Suspended(suspend.By, suspend.Reason, Now.Clock, suspend.Until);
        Write([e], () =>
        {
            _log.Warning("Destination {0} is suspended by {1} until {2:O}: {3}", _key, suspend.By, suspend.Until, suspend.Reason);
            Sender.Tell(Describe());
        });
    }

    private void Resume(ResumeDestination resume)
    {
        var now = Now.Clock;
        if (_state.SuspensionAt(now) is null)
        {
            Sender.Tell(Describe());
            return;
        }

        Write([new DestinationEvent.Resumed(resume.By, now)], () =>
        {
            _log.Warning("Destination {0} is resumed by {1}", _key, resume.By);
            Sender.Tell(Describe());
        });
    }

    private DestinationDescription Describe()
    {
        var now = Now;
        return new DestinationDescription(
            _key,
            _services.NodeName,
            _limits.Connections,
            _limits.Rate?.ToString(),
            _state.Failures,
            _state.BackOffUntil,
            _state.BackOffReason,
            _state.SuspensionAt(now.Clock),
            [
                .. _book.Holders
                    .Where(holder => holder.Share > 0 && holder.Expires > now.Steady)
                    .OrderBy(holder => holder.Node, StringComparer.Ordinal)
                    .Select(holder => new LeaseDescription(holder.LeaseId, holder.Node, holder.Share, now.Clock + (holder.Expires - now.Steady))),
            ]);
    }

    private void Write(ImmutableArray<DestinationEvent> events, Action then)
    {
        var left = events.Length;
        PersistAll(events, persisted =>
        {
            _state.Apply(persisted);
            _eventsSinceSnapshot++;
            if (--left == 0)
            {
                then();
                SaveSnapshotIfDue();
            }
        });
    }

    private void SaveSnapshotIfDue()
    {
        if (_eventsSinceSnapshot >= EventsBetweenSnapshots)
        {
            _eventsSinceSnapshot = 0;
            SaveSnapshot(_state.ToSnapshot());
        }
    }
}
