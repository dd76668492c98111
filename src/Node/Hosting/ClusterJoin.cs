using Akka.Actor;
using Akka.Cluster.Sharding;
using MtaCluster.Actors.Spool;
using MtaCluster.Node.Configuration;
using Cluster = Akka.Cluster.Cluster;

namespace MtaCluster.Node.Hosting;

/// <summary>Brings a node into its cluster, and waits for what it needs there.</summary>
internal sealed partial class ClusterJoin(ActorSystem system, ClusterSettings settings, ILogger log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_spoolPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_askTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Joins, and completes once this node is up. Tries for as long as it takes; the first seed forms the cluster if no other seed is in one.
    /// </summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var cluster = Cluster.Get(system);
        if (settings.SeedNodes.IsEmpty)
        {
            await cluster.JoinAsync(cluster.SelfAddress, cancellationToken).ConfigureAwait(false);
            return;
        }

        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        cluster.JoinSeedNodes(ClusterConfiguration.Seeds(settings));
        var seeds = string.Join(", ", settings.SeedNodes);
        LogJoining(log, cluster.SelfAddress, seeds);
        while (true)
        {
            try
            {
                await up.Task.WaitAsync(s_patience, cancellationToken).ConfigureAwait(false);
                LogJoined(log, cluster.SelfAddress);
                return;
            }
            catch (TimeoutException)
            {
                LogNotJoined(log, cluster.SelfAddress, seeds);
            }
        }
    }

    /// <summary>Completes once a spool runs somewhere and can be reached through the region.</summary>
    public static async Task WaitForSpoolsAsync(IActorRef region, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (!await HasSpoolsAsync(region, cancellationToken).ConfigureAwait(false))
        {
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Completes once a spool has moved to this node, so that its first mail crosses no network and meets no spool on the move; or after a
    /// while without one, for a cluster may have more nodes than spools.
    /// </summary>
    public static async Task WaitForLocalSpoolAsync(LocalSpools spools, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        var until = TimeProvider.System.GetTimestamp() + (long)(s_spoolPatience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (spools.Accepting is null && TimeProvider.System.GetTimestamp() < until)
        {
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> HasSpoolsAsync(IActorRef region, CancellationToken cancellationToken)
    {
        try
        {
            var stats = await region.Ask<ClusterShardingStats>(new GetClusterShardingStats(s_askTimeout), s_askTimeout, cancellationToken).ConfigureAwait(false);
            return stats.Regions.Values.Any(node => node.Stats.Values.Any(count => count > 0));
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    [LoggerMessage(2010, LogLevel.Information, "{node} joins a cluster at {seeds}", EventName = "ClusterJoining")]
    private static partial void LogJoining(ILogger logger, Address node, string seeds);

    [LoggerMessage(2011, LogLevel.Information, "{node} is up in the cluster", EventName = "ClusterJoined")]
    private static partial void LogJoined(ILogger logger, Address node);

    [LoggerMessage(2012, LogLevel.Warning, "{node} has not been let into a cluster yet at {seeds}; it goes on trying", EventName = "ClusterNotJoined")]
    private static partial void LogNotJoined(ILogger logger, Address node, string seeds);
}
