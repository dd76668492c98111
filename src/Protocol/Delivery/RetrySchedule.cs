namespace MtaCluster.Protocol.Delivery;

/// <summary>
/// When a deferred message is tried again, and when it is given up (RFC 5321 §4.5.4.1). Pure: time and chance come from the caller.
/// </summary>
/// <param name="Initial">The wait after the first attempt.</param>
/// <param name="Factor">What each further wait is multiplied with; values below 1 count as 1.</param>
/// <param name="Maximum">The longest wait, before jitter.</param>
/// <param name="Jitter">How far a wait strays to either side, as a fraction of it from 0 to 1, so that messages that failed together do not come back together.</param>
/// <param name="Lifetime">How long after its acceptance a message is given up.</param>
/// <param name="DelayWarningAfter">How long after its acceptance the sender is told of the delay, or null for never.</param>
public sealed record RetrySchedule(
    TimeSpan Initial,
    double Factor,
    TimeSpan Maximum,
    double Jitter,
    TimeSpan Lifetime,
    TimeSpan? DelayWarningAfter)
{
    /// <summary>The wait after the given number of attempts (1 after the first), for a random number in [0, 1).</summary>
    public TimeSpan DelayAfter(int attempts, double random)
    {
        var factor = Factor >= 1 ? Factor : 1;
        var wait = Math.Min(Initial.Ticks * Math.Pow(factor, Math.Max(attempts, 1) - 1), Maximum.Ticks);
        var strayed = wait * (1 + (Fraction(Jitter) * ((2 * Fraction(random)) - 1)));
        return TimeSpan.FromTicks((long)Math.Clamp(strayed, 0, TimeSpan.MaxValue.Ticks / 2));
    }

    /// <summary>
    /// When to try again after an attempt that ended at <paramref name="now"/>, or null to give up. The last attempt is made as the
    /// lifetime ends, so that no message is given up much earlier than promised.
    /// </summary>
    public DateTimeOffset? NextAttempt(DateTimeOffset acceptedAt, DateTimeOffset now, int attempts, double random)
    {
        var age = now - acceptedAt;
        return age >= Lifetime ? null : now + Min(DelayAfter(attempts, random), Lifetime - age);
    }

    /// <summary>When the sender is to be told of the delay, or null when never: not asked for, or the message will be given up by then.</summary>
    public DateTimeOffset? DelayWarningAt(DateTimeOffset acceptedAt) =>
        DelayWarningAfter is { } after && after < Lifetime ? acceptedAt + after : null;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    /// <summary>Into [0, 1]; not a number counts as 0.</summary>
    private static double Fraction(double value) => value >= 0 ? Math.Min(value, 1) : 0;
}
