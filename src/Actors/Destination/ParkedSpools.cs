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

    public void Supplied(IActorRef spool, bool hasMore)
    {
        if (!hasMore)
        {
            _spools.Remove(spool);
        }

        if (spool.Equals(_asked))
        {
            _asked = null;
            if (hasMore)
            {
                _turn.Enqueue(spool);
            }
        }
    }

    public void Remove(IActorRef spool) => Supplied(spool, hasMore: false);
}
