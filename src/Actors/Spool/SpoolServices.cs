using Akka.Actor;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Storage;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Spool;

/// <summary>What spools and their MessageActors work with: the same for all of a node.</summary>
/// <param name="NodeName">Names this node in the journal.</param>
/// <param name="Schedule">Retry and lifetime.</param>
/// <param name="Store">The message bodies.</param>
/// <param name="Reports">Writes DSNs.</param>
/// <param name="Routes">Where recipients go.</param>
/// <param name="Egress">The parent of this node's dispatchers.</param>
/// <param name="LocalSpools">Where spools of this node announce themselves.</param>
/// <param name="MailLog">One line per attempt and bounce.</param>
/// <param name="Counters">Totals of this node.</param>
/// <param name="Time">The clock.</param>
/// <param name="JournalPluginId">The journal of a spool.</param>
/// <param name="SnapshotPluginId">The snapshot store of a spool.</param>
public sealed record SpoolServices(
    string NodeName,
    RetrySchedule Schedule,
    IMessageStore Store,
    ReportWriter Reports,
    RoutePlanner Routes,
    IActorRef Egress,
    LocalSpools LocalSpools,
    IMailLog MailLog,
    MailCounters Counters,
    TimeProvider Time,
    Func<int, string> JournalPluginId,
    Func<int, string> SnapshotPluginId)
{
    /// <summary>Whether what must be durable can be made durable: what fails while it cannot is no news.</summary>
    public StoreHealth StoreHealth { get; init; } = new();

    /// <summary>
    /// How often a spool that writes nothing looks whether another node wrote to its journal; null where no other node can.
    /// </summary>
    public TimeSpan? LookInterval { get; init; }

    /// <summary>Told of each spool that has stopped here to run elsewhere.</summary>
    public IActorRef Moves { get; init; } = ActorRefs.Nobody;

    /// <summary>Asked, by each spool that opens, for outcomes that were left to other nodes; nobody where no other node delivers.</summary>
    public IActorRef Claims { get; init; } = ActorRefs.Nobody;

    /// <summary>
    /// How long a busy spool waits between two writes, so that more gathers for the next: a commit costs the same for one message as for
    /// many (docs/adr/0014). A spool whose last write was for one transition alone does not wait.
    /// </summary>
    public TimeSpan WriteRest { get; init; }

    /// <summary>
    /// Whether a failure of the journal tells for certain that nothing was written. Of all others the next incarnation finds out what became of the
    /// write.
    /// </summary>
    public Func<Exception, bool> IsNotWritten { get; init; } = _ => false;
}
