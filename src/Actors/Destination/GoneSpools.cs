using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>Spools that are gone and have left outcomes to a dispatcher, and for how long those are kept for the next owner. Times are of the steady clock.</summary>
internal sealed class GoneSpools(TimeSpan retention)
{
    private readonly Dictionary<IActorRef, TimeSpan> _since = [];

    public void Add(IActorRef spool, TimeSpan now) => _since[spool] = now;

    public void Remove(IActorRef spool) => _since.Remove(spool);

    /// <summary>Those whose time is over. It begins anew while none could be recovered, for nobody could have asked.</summary>
    public ImmutableArray<IActorRef> Over(TimeSpan now, bool canRecover)
    {
        if (canRecover)
        {
            return [.. _since.Where(gone => now - gone.Value >= retention).Select(gone => gone.Key)];
        }

        foreach (var spool in _since.Keys.ToArray())
        {
            _since[spool] = now;
        }

        return [];
    }
}
