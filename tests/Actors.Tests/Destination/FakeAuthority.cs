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
                Grant(request.Destination, request.Connections, request.Holding);
                break;
            case ReportConnectSuccess success:
                policy.BackOffUntil = null;
                Grant(success.Destination, success.Connections, success.Holding);
                break;
            case ReportConnectFailure failure:
                policy.BackOffUntil = policy.Time.GetUtcNow() + policy.BackOff;
                Grant(failure.Destination, 0, failure.Holding);
                break;
        }
    }

    private void Grant(DestinationKey key, int wanted, LeaseHolding holding)
    {
        if (policy.IsSilent)
        {
            return;
        }

        var allowed = policy.BackOffUntil is { } until ? until <= policy.Time.GetUtcNow() ? 1 : 0 : policy.Limit;
        var granted = policy.Suspension is null ? Math.Min(wanted, allowed) : 0;
        Sender.Tell(new LeaseGranted(
            key,
            ++_leases,
            granted,
            granted == 0 ? 0 : long.MaxValue,
            policy.ValidFor,
            policy.BackOffUntil,
            holding.AskedAt,
            policy.Suspension));
    }

    internal sealed class Policy(TimeProvider time)
    {
        public TimeProvider Time => time;

        public int Limit { get; set; } = 20;

        public TimeSpan ValidFor { get; set; } = TimeSpan.FromHours(9);

        public SuspensionDescription? Suspension { get; set; }

        /// <summary>Out of reach: it answers nobody.</summary>
        public bool IsSilent { get; set; }

        public TimeSpan BackOff { get; set; } = TimeSpan.FromMinutes(1);

        public DateTimeOffset? BackOffUntil { get; set; }

        public ConcurrentQueue<object> Seen { get; } = new();
    }
}
