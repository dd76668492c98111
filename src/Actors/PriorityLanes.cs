namespace MtaCluster.Actors;

/// <summary>
/// Lanes of waiting mail by priority (MT-PRIORITY, RFC 6710). The highest lane with mail is served; but where a lower one holds what has waited
/// longer, every fourth turn is that one's: so mail of low priority takes at most four times as long as it would in a single line, and none starves.
/// </summary>
/// <param name="create">Makes a lane.</param>
/// <param name="isEmpty">Whether nothing waits in a lane.</param>
/// <param name="isOlder">Whether what is first in one lane has waited longer than what is first in the other.</param>
internal sealed class PriorityLanes<TLane>(Func<TLane> create, Func<TLane, bool> isEmpty, Func<TLane, TLane, bool> isOlder)
    where TLane : class
{
    private const int TurnsPerRound = 4;

    private static readonly Comparer<int> s_highestFirst = Comparer<int>.Create(static (left, right) => right.CompareTo(left));

    private readonly SortedList<int, TLane> _lanes = new(1, s_highestFirst);
    private int _contested;

    /// <summary>All lanes, the highest first.</summary>
    public IList<TLane> All => _lanes.Values;

    /// <summary>The lane of a priority.</summary>
    public TLane Of(int priority)
    {
        if (!_lanes.TryGetValue(priority, out var lane))
        {
            _lanes.Add(priority, lane = create());
        }

        return lane;
    }

    /// <summary>The lane whose turn it is; null if nothing waits.</summary>
    public TLane? Next()
    {
        TLane? highest = null, oldest = null;
        for (var i = 0; i < _lanes.Count; i++)
        {
            var lane = _lanes.Values[i];
            if (isEmpty(lane))
            {
                continue;
            }

            highest ??= lane;
            oldest = oldest is null || isOlder(lane, oldest) ? lane : oldest;
        }

        return ReferenceEquals(highest, oldest) || ++_contested % TurnsPerRound != 0 ? highest : oldest;
    }
}
