using System.Collections.Immutable;
using Akka.Actor;

namespace MtaCluster.Actors.Destination;

/// <summary>
/// Gathers what the dispatchers of this node tell of themselves, for one question. Answers within a second: one that is too busy to tell
/// is left out.
/// </summary>
internal sealed class EgressDescriber(ImmutableArray<IActorRef> dispatchers, IActorRef asker) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(800);

    private readonly ImmutableArray<DispatcherDescription>.Builder _descriptions = ImmutableArray.CreateBuilder<DispatcherDescription>();

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(Enough), Enough.Instance, s_patience);
        foreach (var dispatcher in dispatchers)
        {
            dispatcher.Tell(GetDispatcher.Instance);
        }

        AnswerIfComplete();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DispatcherDescription description:
                _descriptions.Add(description);
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
        if (_descriptions.Count == dispatchers.Length)
        {
            Answer();
        }
    }

    private void Answer()
    {
        asker.Tell(new EgressDescription([.. _descriptions.OrderBy(description => description.Destination.ToString(), StringComparer.Ordinal)]));
        Context.Stop(Self);
    }

    private sealed record Enough : INoSerializationVerificationNeeded
    {
        public static readonly Enough Instance = new();
    }
}
