using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MtaCluster.Actors.Membership;
using MtaCluster.Actors.Spool;

namespace MtaCluster.Actors.Storage;

/// <summary>
/// Frees the space of message bodies: asks the store what could be reclaimed, then every spool what it holds, then tells the store what to keep. Runs on
/// every node, and works on the one that leads the spool nodes; two at once would do no harm. Survives nothing: the next
/// round begins anew. Guarantees: nothing is freed unless every spool has answered, and as its present owner.
/// </summary>
/// <remarks>
/// <code>
/// idle ──► surveying ──► counting (all spools) ──► for each container that is worth it: [listing (the spools that hold some) ──►] freeing ──► idle
/// </code>
/// </remarks>
internal sealed class BodyReclaimActor : UntypedActor, IWithTimers
{
    /// <summary>From the end of a round to the next one.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>How long the spools may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);
    private const int ContainersInRound = 100;
    private const long NoContainer = 0;

    private readonly IActorRef _spools;
    private readonly int _count;
    private readonly IBodyReclaim _store;
    private readonly Func<bool> _isResponsible;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<int, BodiesHeld> _answers = [];
    private readonly HashSet<int> _outstanding = [];
    private readonly Queue<Work> _work = new();
    private ReclaimSurvey? _survey;
    private Work? _current;
    private int _freed;
    private int _kept;
    private long _octets;

    public BodyReclaimActor(IActorRef spools, int count, IBodyReclaim store, Func<bool> isResponsible)
    {
        _spools = spools;
        _count = count;
        _store = store;
        _isResponsible = isResponsible;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long AskedContainer => _current?.Container.Container ?? NoContainer;

    protected override void PreStart() => Timers.StartSingleTimer(nameof(BeginRound), BeginRound.Instance, Interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BeginRound:
                Begin();
                break;
            case ReclaimSurvey survey:
                Count(survey);
                break;
            case BodiesHeld held:
                Take(held);
                break;
            case AskAgain:
                Ask();
                break;
            case GiveUp:
                _log.Warning("No space of message bodies was reclaimed: spools {0} did not answer", string.Join(", ", _outstanding.Order()));
                End();
                break;
            case BodiesFreed freed:
                Tally(freed);
                break;
            case NotFreed failure:
                _log.Warning(failure.Cause, "A container of message bodies was not reclaimed; it will be tried again");
                Next();
                break;
            case Status.Failure failure:
                _log.Warning(failure.Cause, "Space of message bodies was not reclaimed; it will be tried again");
                End();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin()
    {
        if (_isResponsible())
        {
            _store.SurveyAsync(CancellationToken.None).PipeTo(Self);
        }
        else
        {
            End();
        }
    }

    private void Count(ReclaimSurvey survey)
    {
        if (survey.Containers.IsEmpty)
        {
            End();
            return;
        }

        _survey = survey;
        Ask(Enumerable.Range(0, _count));
    }

    private void Ask(IEnumerable<int> spools)
    {
        _answers.Clear();
        _outstanding.Clear();
        _outstanding.UnionWith(spools);
        Timers.StartPeriodicTimer(nameof(AskAgain), AskAgain.Instance, s_askAgain);
        Timers.StartSingleTimer(nameof(GiveUp), GiveUp.Instance, Patience);
        Ask();
    }

    private void Ask()
    {
        foreach (var spool in _outstanding)
        {
            _spools.Tell(new GetBodiesHeld(spool, AskedContainer));
        }
    }

    private void Take(BodiesHeld held)
    {
        // One that does not know its journal's last event is asked again: it has not read it yet, or has been replaced and does not know it yet.
        if (held.Container != AskedContainer || held.SequenceNr < _survey?.SequenceNumbers.GetValueOrDefault(held.Spool) || !_outstanding.Remove(held.Spool))
        {
            return;
        }

        _answers[held.Spool] = held;
        if (_outstanding.Count > 0)
        {
            return;
        }

        StopAsking();
        if (_current is null)
        {
            Plan();
        }
        else
        {
            Free([.. _answers.Values.SelectMany(answer => answer.Positions)]);
        }
    }

    private void Plan()
    {
        foreach (var container in _survey!.Containers)
        {
            var holders = _answers.Values.Where(answer => answer.Containers.ContainsKey(container.Container)).ToList();
            var wanted = holders.Sum(answer => (long)answer.Containers[container.Container]);
            if (wanted <= container.WorthwhileAt && _work.Count < ContainersInRound)
            {
                _work.Enqueue(new Work(container, [.. holders.Select(answer => answer.Spool)]));
            }
        }

        Next();
    }

    private void Next()
    {
        if (!_work.TryDequeue(out _current))
        {
            Finish();
        }
        else if (_current.Holders.IsEmpty)
        {
            Free([]);
        }
        else
        {
            Ask(_current.Holders);
        }
    }

    private void Free(ImmutableArray<long> positions)
        => _store.KeepOnlyAsync(AskedContainer, positions, CancellationToken.None)
            .PipeTo(Self, success: octets => new BodiesFreed(octets, positions.Length), failure: cause => new NotFreed(cause));

    private void Tally(BodiesFreed freed)
    {
        _freed += freed.Octets > 0 ? 1 : 0;
        _octets += freed.Octets;
        _kept += freed.Kept;
        Next();
    }

    private void Finish()
    {
        if (_freed > 0)
        {
            _log.Info("Reclaimed {0} octets of message bodies from {1} of {2} containers; kept {3} bodies of them", _octets, _freed, _survey!.Containers.Length, _kept);
        }

        End();
    }

    private void End()
    {
        StopAsking();
        _answers.Clear();
        _outstanding.Clear();
        _work.Clear();
        _survey = null;
        _current = null;
        (_freed, _kept, _octets) = (0, 0, 0);
        Timers.StartSingleTimer(nameof(BeginRound), BeginRound.Instance, Interval);
    }

    private void StopAsking()
    {
        Timers.Cancel(nameof(AskAgain));
        Timers.Cancel(nameof(GiveUp));
    }

    private sealed record Work(ReclaimableContainer Container, ImmutableArray<int> Holders) : INoSerializationVerificationNeeded;

    private sealed record BodiesFreed(long Octets, int Kept) : INoSerializationVerificationNeeded;

    private sealed record NotFreed(Exception Cause) : INoSerializationVerificationNeeded;

    private sealed record BeginRound : INoSerializationVerificationNeeded
    {
        public static readonly BeginRound Instance = new();
    }

    private sealed record AskAgain : INoSerializationVerificationNeeded
    {
        public static readonly AskAgain Instance = new();
    }

    private sealed record GiveUp : INoSerializationVerificationNeeded
    {
        public static readonly GiveUp Instance = new();
    }
}

/// <summary>How the space of message bodies is reclaimed in a cluster.</summary>
public static class BodyReclaim
{
    /// <summary>Starts this node's part. The leader of the spool nodes works; the others stand by.</summary>
    public static IActorRef Start(ActorSystem system, IActorRef spools, int count, IBodyReclaim store)
    {
        var cluster = Cluster.Get(system);
        return system.ActorOf(
            ActorProps.Of(() => new BodyReclaimActor(
                spools, count, store, () => ClusterRoles.Leads(cluster, ClusterRoles.Spool))),
            "body-reclaim");
    }
}
