using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>What is to be granted to a node now.</summary>
internal readonly record struct LeaseDecision(LeaseHolder Holder, int Connections);

/// <summary>
/// Who holds how many of a destination's connections, who wants some, and who gets some; pure: the time is given. The protocol is in
/// docs/adr/0011.
/// </summary>
/// <remarks>
/// A node's <em>share</em> bounds what it has open. It rises only out of what no other share takes up. It falls when the node itself says,
/// having taken its last lease, that it keeps to less; or when that lease has expired, and after it the time in which the node cuts what
/// is left. So the shares, and with them the open connections, never add up to more than the limit. What is durable of a share is never
/// less than the share: so an incarnation that knows nothing else knows enough.
/// </remarks>
internal sealed class LeaseBook
{
    /// <summary>How long a lease is worth something, from the moment that it was asked for. Dispatchers renew once a second.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long after that a node that was not heard of is taken to have connections still: it cuts them within two seconds of the end
    /// of its lease, the third is for clocks that run unevenly.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, LeaseHolder> _holders = new(StringComparer.Ordinal);
    private readonly int _limit;

    /// <summary>Begins with what is durable: each share may be in use until the leases of the incarnation before have expired.</summary>
    public LeaseBook(int limit, IEnumerable<NodeShare> reserved, TimeSpan now)
    {
        _limit = limit;
        foreach (var share in reserved)
        {
            _holders.Add(share.Node, new LeaseHolder(share.Node) { Share = share.Connections, Expires = now + LeaseDuration + Grace });
        }
    }

    public IEnumerable<LeaseHolder> Holders => _holders.Values;

    /// <summary>Takes in what a dispatcher says.</summary>
    public void Hear(string node, IActorRef dispatcher, int wanted, int messages, LeaseHolding holding, TimeSpan now)
    {
        if (!_holders.TryGetValue(node, out var holder))
        {
            _holders.Add(node, holder = new LeaseHolder(node));
        }

        holder.Hear(dispatcher, Math.Clamp(wanted, 0, _limit), messages, holding, now);
    }

    /// <summary>
    /// Decides what <paramref name="asker"/> gets, and what others get who asked a moment ago and can have more now. Raises their
    /// shares: see <see cref="ToReserve"/>.
    /// </summary>
    /// <param name="asker">Who has just been heard.</param>
    /// <param name="allowed">The connections to be used in all: the limit, or less in a back-off or suspension.</param>
    /// <param name="now">The steady time.</param>
    public ImmutableArray<LeaseDecision> Decide(string asker, int allowed, TimeSpan now)
    {
        Expire(now);
        FairShares.Allot(_holders.Values, allowed, now);
        var free = Math.Max(0, _limit - _holders.Values.Sum(holder => holder.Share));
        var decisions = ImmutableArray.CreateBuilder<LeaseDecision>(1);
        Decide(_holders[asker]);
        if (free > 0)
        {
            foreach (var holder in _holders.Values.Where(holder => holder.Node != asker && holder.HasDemand(now)).OrderBy(holder => holder.WaitsSince))
            {
                if (Math.Min(holder.Target, holder.Share + free) > holder.Granted)
                {
                    Decide(holder);
                }
            }
        }

        return decisions.ToImmutable();

        void Decide(LeaseHolder holder)
        {
            var connections = Math.Min(holder.Target, holder.Share + free);
            free -= Math.Max(0, connections - holder.Share);
            holder.Share = Math.Max(holder.Share, connections);
            decisions.Add(new LeaseDecision(holder, connections));
        }
    }

    /// <summary>
    /// What must be durable before the decisions may be told, or null if all of it is. Sets aside a little more than was asked for where
    /// there is plenty, and takes back what nobody uses only where there is not: so that most renewals write nothing.
    /// </summary>
    public DestinationEvent.SharesChanged? ToReserve(IReadOnlyDictionary<string, int> reserved)
    {
        var raised = _holders.Values.Where(holder => holder.Share > reserved.GetValueOrDefault(holder.Node)).ToArray();
        if (raised.Length == 0)
        {
            return null;
        }

        var changes = raised.ToDictionary(holder => holder.Node, holder => holder.Share, StringComparer.Ordinal);
        var total = reserved.Values.Sum() + raised.Sum(holder => holder.Share - reserved.GetValueOrDefault(holder.Node));
        if (total > _limit)
        {
            foreach (var (node, connections) in reserved)
            {
                var share = _holders.GetValueOrDefault(node)?.Share ?? 0;
                if (share < connections)
                {
                    changes[node] = share;
                    total -= connections - share;
                }
            }
        }

        foreach (var holder in raised)
        {
            var more = Math.Clamp((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)holder.Share) - holder.Share, 0, Math.Max(0, _limit - total));
            changes[holder.Node] += more;
            total += more;
        }

        return new DestinationEvent.SharesChanged([.. changes.Select(change => new NodeShare(change.Key, change.Value))]);
    }

    /// <summary>A lease is sent.</summary>
    public static void Grant(LeaseDecision decision, long leaseId, TimeSpan now)
        => decision.Holder.Grant(leaseId, decision.Connections, now, now + LeaseDuration + Grace);

    private void Expire(TimeSpan now)
    {
        foreach (var holder in _holders.Values)
        {
            if (holder.Expires <= now)
            {
                holder.Share = 0;
            }

            if (holder.IsForgotten(now))
            {
                _holders.Remove(holder.Node);
            }
        }
    }
}
