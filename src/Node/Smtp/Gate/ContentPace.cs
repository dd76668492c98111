namespace MtaCluster.Node.Smtp.Gate;

/// <summary>
/// How long the client is waited for while it sends a message: it has a minute in hand, which waiting uses up and octets give back at the minimum rate; and the
/// whole content has its time. Only waiting counts: while we are busy with the store, the client's clock stands still. For one message, and one thread.
/// </summary>
internal sealed class ContentPace
{
    /// <summary>What a client has in hand at the most: the time over which the rate is an average.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly int _minimumRate;
    private TimeSpan _inHand = Window;
    private TimeSpan _left;

    /// <param name="minimumRate">Octets in a second; 0 for no minimum.</param>
    /// <param name="whole">The time for the whole content.</param>
    public ContentPace(int minimumRate, TimeSpan whole)
    {
        _minimumRate = minimumRate;
        _left = whole;
    }

    /// <summary>How long the next octets may take; zero or less when the client is too slow.</summary>
    public TimeSpan Patience => _minimumRate > 0 && _inHand < _left ? _inHand : _left;

    /// <summary>Whether the client has used up its time: to be answered <see cref="GateReplies.TooSlow"/>, and closed.</summary>
    public bool IsTooSlow => Patience <= TimeSpan.Zero;

    /// <summary>Octets have come.</summary>
    /// <param name="octets">How many.</param>
    /// <param name="waited">How long they were waited for.</param>
    public void Received(long octets, TimeSpan waited)
    {
        _left -= waited;
        if (_minimumRate > 0)
        {
            var left = (_inHand - waited).TotalSeconds + ((double)octets / _minimumRate);
            _inHand = left < Window.TotalSeconds ? TimeSpan.FromSeconds(left) : Window;
        }
    }
}
