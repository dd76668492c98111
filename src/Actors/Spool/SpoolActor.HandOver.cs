using Akka.Actor;
using MtaCluster.Actors.Destination;

namespace MtaCluster.Actors.Spool;

/// <content>How a spool leaves this node on purpose: docs/adr/0012.</content>
internal sealed partial class SpoolActor
{
    /// <summary>How long a spool that moves waits for deliveries under way: less than the region's time for a hand-off.</summary>
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(10);

    private bool _stopping;

    // What is ready at a dispatcher comes back; what is being delivered is waited for, so that the next owner does not deliver it again.
    private void Stop()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _services.LocalSpools.Remove(_local);
        Timers.StartSingleTimer(nameof(StopOverdue), StopOverdue.Instance, s_stopWithin);
        foreach (var worker in _workers.Values)
        {
            worker.Tell(StopOffering.Instance);
        }

        _services.Egress.Tell(new RecallMail(Self));
        StopIfWritten();
    }

    private void StopIfWritten()
    {
        if (_stopping && _workers.Count == 0 && _writing is null && _gathering.IsEmpty)
        {
            Context.Stop(Self);
        }
    }

    private sealed record StopOverdue : INoSerializationVerificationNeeded
    {
        public static readonly StopOverdue Instance = new();
    }
}
