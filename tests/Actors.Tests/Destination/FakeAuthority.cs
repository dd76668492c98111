using System.Collections.Concurrent;
using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>Grants leases as a DestinationActor does, as a spec says.</summary>
internal sealed class FakeAuthority(FakeAuthority.Policy policy) : UntypedActor
{
    private long _leases;

    protected override void OnReceive(object message)
    {
        policy.Seen.Enqueue(message);
        switch (message)
        {
            case RequestLease request:
                Grant(request.Destination, request.Connections);
                break;
            case ReportConnectSuccess success:
                policy.BackOffUntil = null;
                Grant(success.Destination, success.Connections);
                break;
            case ReportConnectFailure failure:
                policy.BackOffUntil = policy.Time.GetUtcNow() + policy.BackOff;
                Grant(failure.Destination, 0);
                break;
        }
    }

    private void Grant(DestinationKey key, int wanted)
    {
        var allowed = policy.BackOffUntil is { } until ? until <= policy.Time.GetUtcNow() ? 1 : 0 : policy.Limit;
        var granted = Math.Min(wanted, allowed);
        Sender.Tell(new LeaseGranted(key, ++_leases, granted, granted == 0 ? 0 : long.MaxValue, TimeSpan.FromHours(9), policy.BackOffUntil));
    }

    internal sealed class Policy(TimeProvider time)
    {
        public TimeProvider Time => time;

        public int Limit { get; set; } = 20;

        public TimeSpan BackOff { get; set; } = TimeSpan.FromMinutes(1);

        public DateTimeOffset? BackOffUntil { get; set; }

        public ConcurrentQueue<object> Seen { get; } = new();
    }
}
