using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Membership;

/// <summary>What is told, once each, of this node's own place in the cluster.</summary>
/// <param name="Leaving">Somebody has asked this node to leave.</param>
/// <param name="Removed">This node has been put out of the cluster, and may hold no mail any more; why.</param>
public sealed record MembershipServices(SplitBrainPolicy Policy, StoreHealth Health, Action Leaving, Action<string> Removed, TimeProvider Time);

/// <summary>
/// Watches who can be seen from this node. While that is too few for this part of the cluster to stay, or while it cannot be known, it
/// reports trouble to the <see cref="StoreHealth"/>: no mail is taken and no delivery begins that another node may already have taken over. The
/// split-brain resolver acts only later, when the division has lasted. Holds no mail, and nothing that a restart of it would lose.
/// </summary>
internal sealed class MembershipActor : UntypedActor, IWithTimers
{
    /// <summary>The name under which trouble is reported.</summary>
    public const string HealthPart = "cluster";

    /// <summary>How long this process may stand still before others may have put it out: the time it takes them to find it silent.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(3);

    /// <summary>How long after such a pause it takes to see who is still there.</summary>
    private static readonly TimeSpan s_lookAround = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly MembershipServices _services;
    private readonly Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private ImmutableDictionary<UniqueAddress, Member> _members = ImmutableDictionary<UniqueAddress, Member>.Empty;
    private ImmutableHashSet<UniqueAddress> _unreachable = [];
    private string? _trouble;
    private long _lastTick;
    private long? _pausedUntil;
    private volatile bool _leaving;
    private int _removed;

    /// <summary>Made by <see cref="ClusterMembership.Start"/>.</summary>
    public MembershipActor(MembershipServices services)
    {
        _services = services;
        _lastTick = services.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.IMemberEvent),
            typeof(ClusterEvent.IReachabilityEvent));
        _cluster.RegisterOnMemberRemoved(TellRemoved);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, s_tick, s_tick);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.CurrentClusterState state:
                _members = state.Members.ToImmutableDictionary(member => member.UniqueAddress);
                _unreachable = [.. state.Unreachable.Select(member => member.UniqueAddress)];
                break;
            case ClusterEvent.UnreachableMember unreachable:
                _unreachable = _unreachable.Add(unreachable.Member.UniqueAddress);
                break;
            case ClusterEvent.ReachableMember reachable:
                _unreachable = _unreachable.Remove(reachable.Member.UniqueAddress);
                break;
            case ClusterEvent.MemberRemoved removed:
                Remove(removed);
                break;
            case ClusterEvent.IMemberEvent changed:
                Change(changed.Member);
                break;
            case Tick:
                NoticePause();
                break;
            default:
                Unhandled(message);
                return;
        }

        Report();
    }

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    private void Remove(ClusterEvent.MemberRemoved removed)
    {
        _members = _members.Remove(removed.Member.UniqueAddress);
        _unreachable = _unreachable.Remove(removed.Member.UniqueAddress);
        if (IsSelf(removed.Member))
        {
            TellRemoved();
        }
    }

    private void Change(Member member)
    {
        // Members are equal whatever their status: setting the item would leave the old one.
        _members = _members.Remove(member.UniqueAddress).Add(member.UniqueAddress, member);
        if (!IsSelf(member))
        {
            return;
        }

        if (member.Status == MemberStatus.Down)
        {
            TellRemoved();
        }
        else if (member.Status is MemberStatus.Leaving or MemberStatus.Exiting && !_leaving)
        {
            _leaving = true;
            _services.Leaving();
        }
    }

    // Also called from outside the actor, by whatever ends the cluster: its events do not come for certain then.
    private void TellRemoved()
    {
        if (!_leaving && Interlocked.Exchange(ref _removed, 1) == 0)
        {
            _services.Removed("it was put out of the cluster");
        }
    }

    // Whoever was stopped for long does not know what has become of its place: first it must look who is there.
    private void NoticePause()
    {
        var now = _services.Time.GetTimestamp();
        var pause = _services.Time.GetElapsedTime(_lastTick, now) - s_tick;
        _lastTick = now;
        if (pause > s_longestPause && _members.Count > 1)
        {
            _pausedUntil = now + (long)(s_lookAround.TotalSeconds * _services.Time.TimestampFrequency);
            _log.Warning("This process stood still for {0:F1} s; it takes and delivers no mail until it knows who is there", pause.TotalSeconds);
        }
        else if (now >= _pausedUntil)
        {
            _pausedUntil = null;
        }
    }

    private void Report()
    {
        var trouble = WhyNot();
        if (trouble == _trouble)
        {
            return;
        }

        _trouble = trouble;
        if (trouble is null)
        {
            _services.Health.Good(HealthPart);
            _log.Info("Enough of the cluster can be seen again");
        }
        else
        {
            _services.Health.Bad(HealthPart, trouble);
            _log.Warning("No mail is taken and no delivery begins: {0}", trouble);
        }
    }

    private string? WhyNot()
    {
        if (Volatile.Read(ref _removed) != 0)
        {
            return "this node was put out of the cluster";
        }

        // One that is not up itself holds nothing that could be taken over.
        var isUp = _members.TryGetValue(_cluster.SelfUniqueAddress, out var self) && Counts(self);
        var reason = isUp ? _services.Policy.WhyNot(Reachability()) : null;
        return reason ?? (_pausedUntil is null ? null : "this process stood still, and others may have taken its mail over");
    }

    // As the resolver counts: those that are up or on their way out, not those that are coming or have been put out.
    private static bool Counts(Member member) => member.Status is MemberStatus.Up or MemberStatus.Leaving;

    private ImmutableArray<bool> Reachability() =>
    [
        .. _members.Values
            .Where(Counts)
            .OrderBy(member => member.Address, Member.AddressOrdering)
            .Select(member => IsSelf(member) || !_unreachable.Contains(member.UniqueAddress)),
    ];

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>The membership of a node.</summary>
public static class ClusterMembership
{
    /// <summary>Begins to watch it.</summary>
    public static IActorRef Start(ActorSystem system, MembershipServices services)
        => system.ActorOf(ActorProps.Of(() => new MembershipActor(services)), "membership");
}
