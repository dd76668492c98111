using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Brings one claim to all who may know of outcomes, and what they know to the asker. One that does not answer in time is not waited for, for mail does not
/// stand still for it; what it says later is passed on nonetheless, and spares a second delivery if that has not begun.
/// </summary>
internal sealed class OutcomeClaimActor(ClaimOutcomes claim, ImmutableArray<ICanTell> asked, IActorRef asker, TimeSpan patience) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(30);

    private readonly ImmutableArray<QueueId>.Builder _underWay = ImmutableArray.CreateBuilder<QueueId>();
    private int _answers;
    private bool _isLate;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(Enough), Enough.Instance, patience);
        foreach (var one in asked)
        {
            one.Tell(claim, Self);
        }

        AnswerIfCompleteOrLate();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LeftOutcome left:
                // From its dispatcher, for that is told once it is durable.
                asker.Forward(left);
                break;
            case OutcomesClaimed claimed:
                _answers++;
                _underWay.AddRange(claimed.UnderWay);
                AnswerIfCompleteOrLate();
                break;
            case Enough when _isLate:
                Context.Stop(Self);
                break;
            case Enough:
                _isLate = true;
                Timers.StartSingleTimer(nameof(Enough), Enough.Instance, s_linger);
                Answer();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void AnswerIfCompleteOrLate()
    {
        var isComplete = _answers == asked.Length;
        if (isComplete || _isLate)
        {
            Answer();
        }

        if (isComplete)
        {
            Context.Stop(Self);
        }
    }

    private void Answer()
    {
        asker.Tell(new OutcomesClaimed(claim.Spool, _underWay.ToImmutable()));
        _underWay.Clear();
    }

    private sealed record Enough : INoSerializationVerificationNeeded
    {
        public static readonly Enough Instance = new();
    }
}
