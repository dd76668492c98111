namespace MtaCluster.Actors.Destination;

/// <summary>Divides connections among those who want some: max-min fair, so nobody gets less for what another wants more.</summary>
internal static class FairShares
{
    /// <summary>
    /// Sets the target of each holder. Where not all can have one connection, those get one that are in their turn, then those that
    /// have waited longest. What nobody has work for is left to those that have connections open already.
    /// </summary>
    public static void Allot(IEnumerable<LeaseHolder> holders, int allowed, TimeSpan now)
    {
        List<LeaseHolder> wanting = [];
        List<LeaseHolder> others = [];
        foreach (var holder in holders)
        {
            holder.Target = 0;
            (holder.HasDemand(now) ? wanting : others).Add(holder);
        }

        var left = wanting.Count > allowed ? ByTurns(wanting, allowed, now) : Evenly(wanting, allowed);
        foreach (var holder in wanting.Concat(others))
        {
            var idle = Math.Clamp(holder.Open - holder.Target, 0, left);
            holder.Target += idle;
            left -= idle;
        }
    }

    // The modest first: what they leave is divided among the rest. Those with most of it come last, where the odd ones go: so shares do not wander.
    private static int Evenly(List<LeaseHolder> wanting, int allowed)
    {
        wanting.Sort(static (a, b) => (a.Wanted, a.Share, a.Node).CompareTo((b.Wanted, b.Share, b.Node)));
        for (var i = 0; i < wanting.Count; i++)
        {
            var target = Math.Min(wanting[i].Wanted, allowed / (wanting.Count - i));
            wanting[i].Target = target;
            allowed -= target;
        }

        return allowed;
    }

    private static int ByTurns(List<LeaseHolder> wanting, int allowed, TimeSpan now)
    {
        foreach (var holder in wanting)
        {
            holder.EndTurn(now);
        }

        wanting.Sort(static (a, b) => (a.Turn ?? TimeSpan.MaxValue, a.WaitsSince, a.Node).CompareTo((b.Turn ?? TimeSpan.MaxValue, b.WaitsSince, b.Node)));
        foreach (var holder in wanting.Take(allowed))
        {
            holder.Target = 1;
        }

        return 0;
    }
}
