using Akka.Actor;

namespace MtaCluster.Actors.Rates;

/// <summary>
/// Keeps the book of a part of all keys, sharded over the cluster: one book for many keys, so that a flood of clients becomes one of entries, not of actors. Survives
/// nothing: when it moves, its keys have their rates afresh, which is once more than a period's worth at the most.
/// </summary>
internal sealed class RateActor : UntypedActor, IWithTimers
{
    /// <summary>The keys of one book: with 64 books a cluster tells more than a million clients apart.</summary>
    private const int Capacity = 16_384;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMinutes(1);

    private readonly RateBook _book = new(Capacity);
    private readonly TimeProvider _time;

    public RateActor(TimeProvider time)
    {
        _time = time;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, s_sweepInterval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RequestAllowance request:
                var (taken, retryAfter) = _book.Take(request.Key, Pace.Of(request.Rate), request.Wanted, _time.GetElapsedTime(0));
                Sender.Tell(new AllowanceGranted(request.Number, taken, retryAfter));
                break;
            case Sweep:
                _book.Sweep(_time.GetElapsedTime(0));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private sealed record Sweep : INoSerializationVerificationNeeded, INotInfluenceReceiveTimeout
    {
        public static readonly Sweep Instance = new();
    }
}
