using Akka.Actor;
using MtaCluster.Actors.Spool;

namespace MtaCluster.Actors.Destination;

/// <summary>The spools that have mail parked for a destination, asked in turn, one at a time.</summary>
internal sealed class ParkedSpools
{
    private readonly Dictionary<IActorRef, MailParked> _spools = [];

    // Whoever is being asked is not in it: so no spool has two turns.
    private readonly Queue<IActorRef> _turn = new();
    private IActorRef? _asked;

    public bool IsEmpty => _spools.Count == 0;

    public IEnumerable<MailParked> All => _spools.Values;

    public void Add(MailParked parked)
    {
        if (_spools.TryAdd(parked.Spool, parked))
        {
            _turn.Enqueue(parked.Spool);
        }
    }

    /// <summary>The next spool to ask; null while one has not answered, or none has mail.</summary>
    public IActorRef? Next()
    {
        if (_asked is not null)
        {
            return null;
        }

        while (_turn.TryDequeue(out var spool))
        {
            if (_spools.ContainsKey(spool))
            {
                return _asked = spool;
            }
        }

        return null;
    }

    /// <summary>A spool has answered; true if it was the one that was asked.</summary>
    public bool Supplied(IActorRef spool, bool hasMore)
    {
        if (!hasMore)
        {
            _spools.Remove(spool);
        }

        if (!spool.Equals(_asked))
        {
            return false;
        }

        _asked = null;
        if (hasMore)
        {
            _turn.Enqueue(spool);
        }

        return true;
    }

    /// <summary>A spool is gone; true if its answer was waited for.</summary>
    public bool Remove(IActorRef spool) => Supplied(spool, hasMore: false);
}
