using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Brings one claim to all who may know of outcomes, and what they know to the asker. One that does not answer in time is not waited for: what it has
/// delivered may be delivered once more, but mail does not stand still for it.
/// </summary>
internal sealed class OutcomeClaimActor(ClaimOutcomes claim, ImmutableArray<ICanTell> asked, IActorRef asker, TimeSpan patience) : UntypedActor, IWithTimers
{
    private readonly ImmutableArray<QueueId>.Builder _underWay = ImmutableArray.CreateBuilder<QueueId>();
    private int _answers;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(Enough), Enough.Instance, patience);
        foreach (var one in asked)
        {
            one.Tell(claim, Self);
        }

        AnswerIfComplete();
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
                _underWay.AddRange(claimed.UnderWay);
                _answers++;
                AnswerIfComplete();
                break;
            case Enough:
                Answer();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void AnswerIfComplete()
    {
        if (_answers == asked.Length)
        {
            Answer();
        }
    }

    private void Answer()
    {
        asker.Tell(new OutcomesClaimed(claim.Spool, _underWay.ToImmutable()));
        Context.Stop(Self);
    }

    private sealed record Enough : INoSerializationVerificationNeeded
    {
        public static readonly Enough Instance = new();
    }
}
