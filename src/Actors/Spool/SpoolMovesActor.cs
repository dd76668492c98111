using Akka.Actor;
using Akka.Cluster;
using MtaCluster.Actors.Membership;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// Sees to it that spools which leave this node on purpose are started on another at once, and not by the next sweep: by the time that a spool has stopped, no region
/// remembers this node as its home, and the coordinator answers as soon as it has a new one. A node that leaves waits for them, because the coordinator may run on it, and
/// takes seconds to move itself.
/// </summary>
internal sealed class SpoolMovesActor : UntypedActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly HashSet<int> _moving = [];
    private IActorRef? _asker;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SpoolMoved moved when TryStart(moved.Spool):
                _moving.Add(moved.Spool);
                break;
            case SpoolMoved:
                break;
            case SpoolStarted started:
                _moving.Remove(started.Spool);
                ReportIfSettled();
                break;
            case AwaitSpoolMoves:
                _asker = Sender;
                _moving.RemoveWhere(spool => !TryStart(spool));
                ReportIfSettled();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Any other node will do: its region asks the coordinator where the spool is to run. False if there is none.
    private bool TryStart(int spool)
    {
        var others = _cluster.State.Members
            .Where(member => member.Status == MemberStatus.Up && member.HasRole(ClusterRoles.Spool) && !member.Address.Equals(_cluster.SelfAddress))
            .ToArray();
        if (others.Length == 0)
        {
            return false;
        }

        var sweep = new RootActorPath(others[spool % others.Length].Address) / "user" / SpoolSharding.SweepName;
        Context.ActorSelection(sweep).Tell(new EnsureSpoolStarted(spool, Confirm: true));
        return true;
    }

    private void ReportIfSettled()
    {
        if (_moving.Count == 0)
        {
            _asker?.Tell(SpoolMovesSettled.Instance);
            _asker = null;
        }
    }
}

/// <summary>A spool has stopped here, to run elsewhere.</summary>
internal sealed record SpoolMoved(int Spool) : INoSerializationVerificationNeeded;

/// <summary>Answered with <see cref="SpoolMovesSettled"/> once every spool that has left this node runs elsewhere.</summary>
internal sealed record AwaitSpoolMoves : INoSerializationVerificationNeeded
{
    public static readonly AwaitSpoolMoves Instance = new();
}

/// <summary>Every spool that has left this node runs elsewhere.</summary>
internal sealed record SpoolMovesSettled : INoSerializationVerificationNeeded
{
    public static readonly SpoolMovesSettled Instance = new();
}
